"""The pictures of docs/claims.md: each claim before and after, on each run."""

import re

from docs import make_claims


def test_every_claim_has_its_row_and_its_pictures_are_there():
    text = (make_claims.ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    linked = re.findall(r"\(pictures/claims/(\w+)/(\S+)\.webp\)", text)
    assert {name.removesuffix("-demo").removesuffix("-second-model") for _, name in linked} == make_claims.CLAIMS.keys()
    there = {(file.parent.name, file.stem) for file in make_claims.PICTURES.rglob("*.webp")}
    assert set(linked) == there
