"""Files of every kind, good and bad, as people bring them: what each holds, its mapping, and what must come of it."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

TABLE = pd.DataFrame(
    {
        "image": [f"bild {i}.png" for i in range(8)],
        "patient": ["001", "001", "2", "3", "4", "5", "Jörg", "7"],
        "label": [0, 1, 0, 1, 0, 1, 1, 0],
        "probability": [0.0312, 0.5, 0.25, 0.975, 0.125, 0.75, 0.9375, 0.0625],
    }
)
"""What every good file below says."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    name: str
    content: bytes
    mapping: str = ""
    asked: tuple[str, ...] = ()
    """The keys that are asked, where the file cannot be read without answers."""
    refused: str = ""
    """A part of the message, where the file cannot be read at all."""
    said: str = ""
    """A part of what is said of a file that is read."""


def with_columns(**changed: Any) -> pd.DataFrame:
    """The table with columns replaced (None: without), in its order, further ones behind."""
    table = TABLE.assign(**{name: values for name, values in changed.items() if values is not None})
    return table.drop(columns=[name for name, values in changed.items() if values is None])


def csv_of(table: pd.DataFrame = TABLE, encoding: str = "utf-8", **options: Any) -> bytes:
    return table.to_csv(index=False, **{"lineterminator": "\n", **options}).encode(encoding)


def workbook(sheets: dict[str, pd.DataFrame]) -> bytes:
    content = io.BytesIO()
    with pd.ExcelWriter(content, engine="openpyxl") as writer:
        for name, table in sheets.items():
            table.to_excel(writer, sheet_name=name, index=False)
    return content.getvalue()


def parquet(table: pd.DataFrame = TABLE) -> bytes:
    content = io.BytesIO()
    table.to_parquet(content, index=False)
    return content.getvalue()


def npz(table: pd.DataFrame = TABLE) -> bytes:
    content = io.BytesIO()
    np.savez(content, **{name: np.array(list(table[name])) for name in table})
    return content.getvalue()


def json_lines(table: pd.DataFrame = TABLE) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in table.to_dict("records")).encode()


def worded(positive: str, negative: str) -> pd.DataFrame:
    return with_columns(label=[positive if truth else negative for truth in TABLE["label"]])


def commas(values: Any, form: str = "{:.4f}") -> list[str]:
    return [form.format(value).replace(".", ",") for value in values]


def finding(**lines: str) -> str:
    return "[[finding]]\n" + "\n".join(f'{key} = "{value}"' for key, value in lines.items())


def files() -> Iterator[Brought]:
    yield from dresses()
    yield from formats()
    yield from labels()
    yield from scores()
    yield from columns()
    yield from several_rows()
    yield from broken()


def dresses() -> Iterator[Brought]:
    for sign, word in ((",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")):
        yield Brought(name=f"separated by {word}", content=csv_of(sep=sign))
        yield Brought(name=f"excel names {word}", content=f"sep={sign}\r\n".encode() + csv_of(sep=sign))
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        yield Brought(name=encoding, content=csv_of(encoding=encoding))
    yield Brought(name="latin-1", content=csv_of(encoding="latin-1"), said="Latin-1")
    yield Brought(name="windows line ends", content=csv_of(lineterminator="\r\n"))
    greek = csv_of(worded("ναι", "όχι").replace("Jörg", "J"), "cp1253")
    yield Brought(name="greek, answered", content=greek, mapping='encoding = "cp1253"\n' + finding(positive="ναι"))
    yield Brought(name="every cell quoted", content=csv_of(quoting=1))
    yield Brought(
        name="decimal commas", content=csv_of(with_columns(probability=commas(TABLE["probability"])), sep=";")
    )
    yield Brought(
        name="decimal commas, quoted", content=csv_of(with_columns(probability=commas(TABLE["probability"])), sep=",")
    )
    yield Brought(name="two separators fit", content=csv_of(sep=";").replace(b"\n", b",x\n"), asked=("delimiter",))
    yield Brought(
        name="two separators fit, one is named",
        content=csv_of(sep=";")
        .replace(b"probability\n", b"probability;rest,r\n")
        .replace(b"5\n", b"5;x,\n")
        .replace(b"2\n", b"2;x,\n"),
        mapping='delimiter = ";"',
    )
    yield Brought(name="blank rows", content=csv_of() + b",,,\n,,,\n\n", said="rows of empty cells were left out")
    padded = with_columns(label=[f" {truth} " for truth in TABLE["label"]])
    yield Brought(name="padded cells", content=csv_of(padded), said="trimmed")


def formats() -> Iterator[Brought]:
    yield Brought(name="workbook", content=workbook({"Sheet1": TABLE}))
    yield Brought(name="workbook with an empty sheet", content=workbook({"A": TABLE, "B": pd.DataFrame()}))
    two = workbook({"Export": TABLE, "Legend": pd.DataFrame({"word": ["x"]})})
    yield Brought(name="workbook of two sheets", content=two, asked=("sheet",))
    yield Brought(name="workbook, its sheet named", content=two, mapping='sheet = "Export"')
    yield Brought(name="workbook, no such sheet", content=two, mapping='sheet = "No"', refused="has no sheet 'No'")
    yield Brought(name="parquet", content=parquet())
    yield Brought(name="parquet of categories", content=parquet(TABLE.astype({"patient": "category"})))
    yield Brought(name="json lines", content=json_lines())
    yield Brought(name="json list", content=json.dumps(TABLE.to_dict("records")).encode())
    yield Brought(name="npz", content=npz())


def labels() -> Iterator[Brought]:
    yield Brought(name="true and false", content=csv_of(worded("True", "False")))
    yield Brought(name="truth values of parquet", content=parquet(TABLE.astype({"label": bool})))
    yield Brought(name="yes and no", content=csv_of(worded("yes", "NO")))
    yield Brought(name="labels with decimals", content=csv_of(worded("1.0", "0.0")))
    german = csv_of(worded("Pneumonie", "unauffällig"))
    yield Brought(name="two words", content=german, asked=("positive",))
    yield Brought(name="two words, answered", content=german, mapping=finding(positive="pneumonie"))
    signs = csv_of(worded("1", "-1"))
    yield Brought(name="minus one and one", content=signs, asked=("positive",))
    yield Brought(name="minus one and one, answered", content=signs, mapping=finding(positive="1"))
    three = TABLE["label"].map({0: "normal", 1: "bacteria"}).where(TABLE.index != 3, "virus")
    three_csv = csv_of(with_columns(label=three))
    yield Brought(name="three words", content=three_csv, asked=("positive",))
    both = '[[finding]]\npositive = ["bacteria", "virus"]'
    yield Brought(name="three words, two positive", content=three_csv, mapping=both)
    yield Brought(
        name="three words, one positive", content=three_csv, mapping=finding(positive="bacteria"), asked=("negative",)
    )
    doubt = TABLE["label"].where(TABLE.index != 3, -1)
    doubt_csv = csv_of(with_columns(label=doubt))
    yield Brought(name="uncertain", content=doubt_csv, asked=("uncertain",))
    yield Brought(name="uncertain as positive", content=doubt_csv, mapping=finding(uncertain="positive"))


def scores() -> Iterator[Brought]:
    percent = [100 * p for p in TABLE["probability"]]
    yield Brought(
        name="percent by name",
        content=csv_of(with_columns(probability=percent)).replace(b"probability", b"probability %"),
    )
    signed = with_columns(probability=[f"{p:g} %" for p in percent])
    yield Brought(name="percent signs", content=csv_of(signed))
    mixed = with_columns(probability=["50%", "0.5", "2%", "3%", "4%", "5%", "6%", "7%"])
    yield Brought(name="some percent signs", content=csv_of(mixed), asked=("scale",))
    bare = csv_of(with_columns(probability=percent)).replace(b"probability", b"score")
    yield Brought(name="0 to 100", content=bare, asked=("scale",))
    yield Brought(name="0 to 100, answered", content=bare, mapping=finding(scale="percent"))
    yield Brought(name="a score of 0 to 1", content=csv_of().replace(b"probability", b"score"), asked=("scale",))
    logit = [float(np.log(p / (1 - p))) for p in TABLE["probability"]]
    yield Brought(name="logits", content=csv_of(with_columns(probability=logit)).replace(b"probability", b"logit"))
    thousands = with_columns(probability=["1,234", "2,345", "3,456", "4,567", "5,678", "6,789", "7,891", "8,912"])
    yield Brought(name="a thousand or one", content=csv_of(thousands, sep=";"), asked=("decimal",))
    grouped = with_columns(probability=["1.234,5", "-2,5", "3", "0,1", "1", "2", "3", "4"])
    yield Brought(
        name="a wrong scale",
        content=csv_of(grouped, sep=";"),
        mapping=finding(scale="probability"),
        refused="'1.234,5' is not a number from 0 to 1",
    )
    word = with_columns(probability=["n/a", *TABLE["probability"][1:]])
    yield Brought(
        name="a word among scores", content=csv_of(word), refused="row 2: column probability: 'n/a' is not a number"
    )


def columns() -> Iterator[Brought]:
    yield Brought(name="other order", content=csv_of(TABLE[["probability", "label", "patient", "image"]]))
    french = {"image": "fichier", "patient": "identifiant patient", "label": "diagnostic", "probability": "probabilité"}
    yield Brought(name="french names", content=csv_of(TABLE.rename(columns=french)))
    other = TABLE.rename(columns={"image": "a", "patient": "patient_id", "label": "b", "probability": "c"})
    yield Brought(name="names without meaning", content=csv_of(other), asked=("image_id", "label", "score"))
    answered = 'image_id = "a"\n' + finding(label="b", score="c", scale="probability")
    yield Brought(name="names without meaning, answered", content=csv_of(other), mapping=answered)
    two = csv_of(TABLE.assign(confidence=[i / 10 for i in range(8)]))
    yield Brought(name="two scores", content=two, asked=("score",))
    yield Brought(name="two scores, answered", content=two, mapping=finding(score="probability"))
    site = csv_of(TABLE.assign(hospital=["A", "B"] * 4))
    yield Brought(name="hospitals", content=site, asked=("site",))
    yield Brought(name="hospitals as a subgroup", content=site, mapping='site = ""')
    yield Brought(name="a set that is no split", content=csv_of(TABLE.assign(set=["A", "B"] * 4)), asked=("split",))
    test = csv_of(TABLE.assign(set="Testing"))
    yield Brought(name="a set that is a split", content=test, said="read as test")
    dates = csv_of(TABLE.assign(date=["3/4/2024", "5/6/2024"] * 4))
    yield Brought(name="days of two readings", content=dates, asked=("date_format",))
    yield Brought(name="days, answered", content=dates, mapping='date_format = "%d/%m/%Y"')
    yield Brought(name="days of one reading", content=csv_of(TABLE.assign(date=["13.4.2024", "5.6.2024"] * 4)))
    yield Brought(name="no patient", content=csv_of(with_columns(patient=None)))
    yield Brought(name="no truth", content=csv_of(with_columns(label=None)), refused="no column can be the truth")
    yield Brought(name="no score", content=csv_of(with_columns(probability=None)), refused="no column can be the score")
    yield Brought(
        name="no such column", content=csv_of(), mapping='image_id = "x"', refused="the mapping's image_id is 'x'"
    )
    yield Brought(
        name="split and site", content=site, mapping='split = "label"\nsite = "hospital"', refused="a split and a site"
    )


def several_rows() -> Iterator[Brought]:
    twice = csv_of(pd.concat([TABLE, TABLE]))
    yield Brought(name="rows of boxes", content=twice, asked=("fold",))
    yield Brought(name="rows of boxes, folded", content=twice, mapping='fold = "any"', said="folded to 8 images")
    wrong = TABLE.assign(reader="B", label=1 - TABLE["label"])
    readers = csv_of(pd.concat([TABLE.assign(reader="A"), wrong]))
    yield Brought(name="rows of readers", content=readers, asked=("fold",))
    yield Brought(
        name="one reader's rows", content=readers, mapping='fold = "reader:A"', said="8 rows of other readers"
    )
    yield Brought(name="no such reader", content=readers, mapping='fold = "reader:C"', refused="stands in no column")
    most = csv_of(pd.concat([TABLE.assign(reader="A"), TABLE.assign(reader="C"), wrong]))
    yield Brought(name="most readers", content=most, mapping='fold = "majority"')
    moved = csv_of(pd.concat([TABLE, TABLE.assign(patient="x")]))
    yield Brought(
        name="one image, two patients", content=moved, mapping='fold = "any"', refused="differs from that of row 2"
    )


def broken() -> Iterator[Brought]:
    yield Brought(name="empty", content=b"", refused="has no rows")
    yield Brought(name="a picture", content=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", refused="not text in UTF-8")
    yield Brought(name="two encodings", content=csv_of() + csv_of(encoding="latin-1"), refused="not text in UTF-8")
    yield Brought(name="zipped", content=b"\x1f\x8b" + b"0" * 40, refused="an archive")
    yield Brought(name="half a workbook", content=workbook({"A": TABLE})[:900], refused="cannot be read")
    yield Brought(name="half a parquet", content=parquet()[:300], refused="not readable as Parquet")
    yield Brought(name="json with a list", content=b'{"image": [1]}', refused="holds a list or an object")
    yield Brought(
        name="a field too many", content=csv_of() + b"x,1,1,0.5,9\n", refused="row 10: 5 fields, the header has 4"
    )
    yield Brought(
        name="two columns of one name", content=csv_of().replace(b"patient", b"image"), refused="two columns called"
    )
    yield Brought(
        name="mapping of an unknown key", content=csv_of(), mapping='image = "x"', refused="image is not known"
    )
    yield Brought(name="mapping that is no TOML", content=csv_of(), mapping="image_id = x", refused="is not TOML")
    several = finding(label="a") + "\n" + finding(label="b")
    yield Brought(name="several findings", content=csv_of(), mapping=several, refused="no such column")
