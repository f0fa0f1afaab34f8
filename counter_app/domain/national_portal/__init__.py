"""The national public-service portal (Cổng DVCQG): what a one-stop system tells it about a dossier.

Two calls as published client code of provincial systems sends them: ``DongBoHoSoMC`` (the dossier as it stands) and
``CapNhatTienDoHoSoMC`` (what was done, step by step). Every value is a string, instants are ``yyyyMMddHHmmss`` of
Asia/Ho_Chi_Minh. No signed specification is public: what is only seen in client code is marked unverified.
"""
