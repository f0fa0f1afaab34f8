"""The automation objects of WIA as Microsoft documents them, as far as a scan needs them. No Windows, no COM."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image


class ComError(Exception):
    """As comtypes raises it: the HRESULT is a signed number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.hresult = number - (1 << 32)


class Collection:
    """Counts from 1."""

    def __init__(self, *members: Any) -> None:
        self._members = members

    @property
    def Count(self) -> int:  # noqa: N802 - the names of WIA
        return len(self._members)

    def Item(self, index: int) -> Any:  # noqa: N802
        assert 1 <= index <= len(self._members)
        return self._members[index - 1]


@dataclass
class Property:
    Value: Any
    SubType: int = 0
    SubTypeMin: int = 0
    SubTypeMax: int = 0
    SubTypeValues: Any = None
    IsReadOnly: bool = False


class Properties:
    def __init__(self, properties: dict[str, Property]) -> None:
        self._properties = properties

    def Exists(self, name: str) -> bool:  # noqa: N802
        return name in self._properties

    def Item(self, name: str) -> Property:  # noqa: N802
        return self._properties[name]


def bitmap(mode: str, width: int, height: int) -> bytes:
    kept = BytesIO()
    Image.new(mode, (width, height), 200).save(kept, "BMP")
    return kept.getvalue()


@dataclass
class WiaScanner:
    """What lies in the feeder, and the error that the next transfer raises."""

    sheets: int = 3
    error_after: tuple[int, int] | None = None
    """After how many pages which HRESULT is raised."""
    handling: int = 7
    transfers: int = 0
    connects: int = 0
    item: Properties = field(default_factory=lambda: Properties({}))
    own: Properties = field(default_factory=lambda: Properties({}))

    def __post_init__(self) -> None:
        self.own = Properties(
            {
                "Name": Property("Máy quét WIA"),
                "3074": Property(8500),
                "3075": Property(11700),
                "3086": Property(self.handling),
                "3088": Property(2),
                "3096": Property(0),
            }
        )
        resolutions = Collection(150, 200, 300, 600)
        self.item = Properties(
            {
                "4103": Property(3, SubType=2, SubTypeValues=Collection(0, 2, 3)),
                "6147": Property(150, SubType=2, SubTypeValues=resolutions),
                "6148": Property(150, SubType=2, SubTypeValues=resolutions),
                "6149": Property(0, SubType=1, SubTypeMax=5100),
                "6150": Property(0, SubType=1, SubTypeMax=7020),
                "6151": Property(1275, SubType=1, SubTypeMin=1, SubTypeMax=2550),
                "6152": Property(1755, SubType=1, SubTypeMin=1, SubTypeMax=3510),
            }
        )

    def manager(self) -> Any:
        camera = type("Info", (), {"Type": 2, "DeviceID": "{camera}", "Properties": Properties({})})()
        own = {"Type": 1, "DeviceID": "{0001}", "Properties": self.own, "Connect": lambda _self: self.connect()}
        info = type("Info", (), own)()
        return type("Manager", (), {"DeviceInfos": Collection(camera, info)})()

    def connect(self) -> Any:
        self.connects += 1
        self.transfers = 0
        item = type("Item", (), {"Properties": self.item, "Transfer": lambda _self, kind: self.transfer(kind)})()
        return type("Device", (), {"Properties": self.own, "Items": Collection(item)})()

    def transfer(self, kind: str) -> Any:
        assert kind == "{B96B3CAB-0728-11D3-9D7B-0000F81EF32E}"
        if self.error_after is not None and self.transfers >= self.error_after[0]:
            raise ComError(self.error_after[1])
        is_feeder = bool(self.own.Item("3088").Value & 1)
        is_back = bool(self.own.Item("3088").Value & 4) and self.transfers % 2 == 1
        if is_feeder and not is_back:
            if self.sheets == 0:
                raise ComError(0x80210003)
            self.sheets -= 1
        self.transfers += 1
        mode = {0: "1", 2: "L", 3: "RGB"}[self.item.Item("4103").Value]
        data = bitmap(mode, self.item.Item("6151").Value, self.item.Item("6152").Value)
        vector = type("Vector", (), {"BinaryData": data})()
        return type("ImageFile", (), {"FileData": vector})()
