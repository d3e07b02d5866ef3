"""The first rows are shown as all rows will be read."""

from pathlib import Path

from core.runs.first_rows import first_rows, raw_rows
from core.runs.mapping import parse_mapping
from core.runs.understanding import understand

MAPPING = parse_mapping(
    '[[finding]]\nlabel = "label"\npositive = ["mass"]\nnegative = ["normal", "nodule"]\n'
    'score = "score"\nscale = "probability"',
    Path(),
)


def test_cells_that_list_words_are_read_as_in_the_whole_file():
    """The first cell lists two words, which only a later row makes plain."""
    labels = ["mass|nodule", *["normal"] * 5, "nodule", "mass"]
    content = "image_id,label,score\n" + "".join(f"i{k},{label},0.{k + 1}\n" for k, label in enumerate(labels))
    found = understand(Path("a.csv"), MAPPING, into=True, content=content.encode())
    assert [cell.value for cell in first_rows(found)["y_true"]] == ["1", "0", "0", "0", "0"]
    assert raw_rows(found)["label"] == labels[:5]


def test_of_images_without_a_column_of_truths_it_is_empty():
    found = understand(Path("a.csv"), into=True, content=b"image_id,logit\na,0.5\nb,-1\nc,2\n")
    rows = first_rows(found)
    assert [(cell.value, cell.stands) for cell in rows["y_true"]] == [("", "")] * 3
    assert [cell.stands for cell in rows["logit"]] == ["0.5", "-1", "2"]
