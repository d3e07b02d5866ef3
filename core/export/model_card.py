"""``MODEL_CARD.md`` as model hubs read it: a head in YAML, then what the model is, what it delivered, and its limits.

The head has the fields that https://huggingface.co/docs/hub/model-cards describes, its figures in ``model-index``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.dossier.typed import QUESTIONS, Typed
from core.export.onnx_model import INPUT, LARGEST_DIFFERENCE, OUTPUT
from core.runs.report import report
from core.runs.said_first import said_first
from core.runs.store import Run
from core.runs.tables import SPLITS

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$@:-])")


def model_card(run: Run, typed: Typed, *, checked: str) -> str:
    """The card of ``run``, of whose test it tells what the run lets be seen; ``checked`` says how ONNX was compared."""
    figures = report(run)
    return "\n".join([*_head(run, figures), "", *_body(run, figures, typed, checked), ""])


def _head(run: Run, figures: Mapping[str, Any]) -> Iterator[str]:
    yield "---"
    yield "library_name: onnx"
    yield "pipeline_tag: image-classification"
    yield "tags: [chest-x-ray, radiology, resnet-18, research-only]"
    yield f"model_name: {_yaml(run.run_id)}"
    results = [(name, area) for name, area in _areas(figures) if area["value"] is not None]
    if results:
        yield "model-index:"
        yield f"- name: {_yaml(run.run_id)}"
        yield "  results:"
    for name, area in results:
        yield "  - task: {type: image-classification}"
        yield f"    dataset: {{name: {_yaml(f'{_name(run)}, {name}')}, type: {_yaml(_name(run))}}}"
        yield f"    metrics: [{{type: roc_auc, value: {area['value']!r}, name: AUROC}}]"
    yield "---"


def _body(run: Run, figures: Mapping[str, Any], typed: Typed, checked: str) -> Iterator[str]:
    size = run.config.image_size
    negative, positive = map(_text, run.manifest["data"]["class_names"])
    yield f"# {_text(run.run_id)}"
    yield ""
    yield f"**Research use only. Not for diagnosis.** ResNet-18 with one logit that tells {positive} from {negative}."
    yield ""
    yield "## Use"
    yield ""
    yield f"`model.onnx` takes `{INPUT}`, uint8 (n, {size}, {size}): grey levels from 0 (black) to 255, each radiograph"
    yield f"stretched to {size} x {size} pixels, averaged over areas where it shrinks and bilinear where it grows, and"
    yield f"never cropped. It gives `{OUTPUT}`, float32 (n,). An image is positive where its logit is at least a"
    yield "threshold of `thresholds.json`; the calibrated probability is 1 / (1 + exp(-logit / temperature)), with the"
    yield "temperature there."
    yield f"{checked} Larger differences than {LARGEST_DIFFERENCE:g} would have refused this export."
    yield ""
    yield "## What was meant"
    yield ""
    for name, question in QUESTIONS.items():
        yield f"- {question} {_text(typed.answers.get(name, '')) or 'Nobody said.'}"
    yield ""
    yield "## Data and fit"
    yield ""
    if run.synthetic:
        yield "The images are synthetic phantoms: nothing here speaks of radiographs."
        yield ""
    yield f"{_text(_name(run))}: {_text(str(run.manifest['data'].get('layout', '')))}."
    for split in SPLITS:
        part = run.records[run.records["split"] == split]
        yield f"- {split}: {len(part):,} images of {part['patient_id'].nunique():,} patients"
    yield ""
    yield f"Recipe {run.config.recipe}, initial weights {_text(_weights(run))}, {run.config.epochs} epochs, batches of"
    yield f"{run.config.batch_size}, seed {run.config.seed}."
    yield f"Fingerprint of the data: {run.manifest['data_fingerprint']}."
    yield ""
    yield "## Figures"
    yield ""
    yield "With intervals of 95 %, by patient."
    yield ""
    yield "| set | images | patients | AUROC |"
    yield "|---|---|---|---|"
    blocks = {"validation": figures["metrics"]["validation"], "test": figures["metrics"]["test"]}
    for name, block in {**blocks, **figures["metrics"]["sites"]}.items():
        if block is not None:
            area = _figure(block.get("auroc"))
            yield f"| {_text(name)} | {block['n']:,} | {block['n_patients']:,} | {area} |"
    yield ""
    yield "| operating point | threshold (logit) | set | sensitivity | specificity |"
    yield "|---|---|---|---|---|"
    for name, block in blocks.items():
        for point, found in ((block or {}).get("operating_points") or {}).items():
            if found.get("threshold") is not None:
                rates = " | ".join(_figure(found[rate]) for rate in ("sensitivity", "specificity"))
                yield f"| {_text(point)} | {found['threshold']!r} | {name} | {rates} |"
    yield ""
    yield "## Limits"
    yield ""
    if warnings := len(said_first(run)):  # they name patients, and a card goes anywhere
        yield f"- {warnings} warnings about these data: `python -m core report` on the run says them."
    if run.hidden:
        yield "- Test is hidden until a threshold is locked: what validation promises was not put to a test."
    yield "- Figures hold for images like those of these sets; another hospital's may differ from all of them."


def _areas(figures: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in ("validation", "test"):
        if (block := figures["metrics"][name]) is not None and block["auroc"] is not None:
            yield name, block["auroc"]
    for name, block in figures["metrics"]["sites"].items():
        if block.get("auroc") is not None:
            yield name, block["auroc"]


def _figure(estimate: Mapping[str, Any] | None) -> str:
    if estimate is None or estimate["value"] is None:
        return "—"
    if estimate["low"] is None or estimate["high"] is None:
        return f"{estimate['value']:.3f}"
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"


def _name(run: Run) -> str:
    return str(run.manifest["data"].get("name", run.run_id))


def _weights(run: Run) -> str:
    """Without the folder of this machine."""
    return re.split(r"[/\\]", str(run.config.weights))[-1]


def _yaml(text: str) -> str:
    """Text as JSON, which YAML reads alike."""
    return json.dumps(text)


def _text(text: str) -> str:
    """``text`` on one line, in which nothing is Markdown or HTML."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
