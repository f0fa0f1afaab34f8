"""What is written in digitised papers, page by page, and an index over it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_read",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_paper_read")),
    )
    op.create_table(
        "paper_page",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_paper_page")),
    )
    # With places, for words that stand side by side; a list for short starts, of the word that is being typed.
    op.execute(
        "CREATE VIRTUAL TABLE paper_search USING fts5(words, content='', contentless_delete=1, tokenize='ascii', "
        "prefix='2 3')"
    )


def downgrade() -> None:
    for name in ("paper_search", "paper_page", "paper_read"):
        op.drop_table(name)
