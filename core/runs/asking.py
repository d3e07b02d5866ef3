"""What is open about a table: a question in plain words, its answers, and the mapping line that each one is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import ImportFileError
from core.runs.mapping import Finding, Mapping, Value, called, in_finding, line
from core.tables.sheet import Sheet, few

_SAME = " The same is asked of "
_NAMED = 20
"""So many findings are named in one question."""


class OpenQuestionsError(ImportFileError):
    """A table that may be read in several ways; the message has every question and the lines that answer it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One answer: the value of the question's key, and what it means in words."""

    value: Value
    means: str = ""
    finding: Finding | None = None
    """What is taken by it, of a question that is answered by one finding or several."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a person must say before a table is read. ``choices`` is empty where only they know the value.

    ``places`` are the findings that it is asked of, where the mapping has several; one answer is that of all of them.
    """

    key: str
    asks: str
    choices: tuple[Choice, ...]
    places: tuple[int, ...] = (0,)

    @property
    def takes_findings(self) -> bool:
        """Whether it asks which findings are meant: one choice, or several."""
        return any(choice.finding is not None for choice in self.choices)

    @property
    def name(self) -> str:
        """Another one for every question of a table."""
        return self.key if self.places == (0,) else f"{self.key} {' '.join(map(str, self.places))}"

    def line(self, choice: Choice) -> str:
        """The mapping line of an answer."""
        return line(self.key, choice.value)

    def answered(self, mapping: Mapping, *choices: Choice) -> Mapping:
        """``mapping`` with this answer; several ``choices`` where they are findings."""
        if not self.takes_findings:
            return mapping.with_answer(self.key, choices[0].value, self.places)
        taken = [choice.finding or Finding() for choice in choices]
        if len(taken) > 1:
            taken = [replace(one, name=str(choice.value)) for one, choice in zip(taken, choices, strict=True)]
        return replace(mapping, findings=tuple(taken))


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a value was understood without asking."""

    key: str
    value: Value
    because: str
    place: int = 0
    """Of which finding, where the mapping has several."""


@dataclass(kw_only=True)
class Understanding:
    """``mapping`` is what was given and what was understood, for the ``reasons``; ``questions`` are open.

    ``offers`` may be taken up or left. ``sheet`` has the cells; None while it is open how they are parted.
    """

    file: Path
    mapping: Mapping
    reasons: list[Reason] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    taken: frozenset[str] = frozenset()
    """Columns that have a meaning elsewhere."""
    offers: list[Question] = field(default_factory=list)
    sheet: Sheet | None = None

    def check(self) -> None:
        """Raise :class:`OpenQuestionsError` with every question that is open and the lines that answer it."""
        if not self.questions:
            return
        one = len(self.questions) == 1
        raise OpenQuestionsError(
            f"{self.file}: {len(self.questions)} question{' is' if one else 's are'} open. Save the lines below in a "
            "file, take the # off the one answer to each question that is right, and give the file with "
            "--mapping FILE.\n\n" + in_lines(self._given() + self.reasons, self.questions, len(self.mapping.findings))
        )

    def _given(self) -> list[Reason]:
        """What the mapping said itself, so that the lines below are whole."""
        mapping, found = self.mapping.to_dict(), {(one.key, one.place) for one in self.reasons}
        own = [(key, 0) for key in mapping if key != "finding"]
        own += [(key, place) for place, keys in enumerate(mapping.get("finding", ())) for key in keys]
        return [
            Reason(key=key, value=value, because="as given", place=place)
            for key, place in own
            if (key, place) not in found and (value := self.mapping.get(key, place)) is not None
        ]

    def understand(self, key: str, value: Value, because: str) -> None:
        self.reasons.append(Reason(key=key, value=value, because=because))
        self.mapping = self.mapping.with_answer(key, value)

    def of_each_finding(self, asked: Callable[[Understanding], None]) -> None:
        """Let ``asked`` be done with each finding by itself; questions with the same answers are one."""
        for place in range(len(self.mapping.findings)):
            findings = list(self.mapping.findings)
            others = [other for other in findings if other is not findings[place]]
            taken = frozenset(name for other in others for name in (other.label, other.score) if name)
            one = Understanding(file=self.file, mapping=self.mapping.of(place), taken=taken)
            asked(one)
            findings[place] = one.mapping.finding
            self.mapping = replace(one.mapping, findings=tuple(findings))
            self.reasons += [replace(own, place=place) if in_finding(own.key) else own for own in one.reasons]
            for question in one.questions:
                self._ask_once(replace(question, places=(place,)) if in_finding(question.key) else question)

    def _ask_once(self, question: Question) -> None:
        """Ask it, or let a question with the same answers be asked of its findings as well."""
        values = [choice.value for choice in question.choices]
        for at, known in enumerate(self.questions):
            if known.key == question.key and values and [choice.value for choice in known.choices] == values:
                places = tuple(dict.fromkeys((*known.places, *question.places)))
                others = few([called(self.mapping.findings[place]) for place in places[1:]], _NAMED)
                asks = known.asks.partition(_SAME)[0] + (f"{_SAME}{others}." if places[1:] else "")
                self.questions[at] = replace(known, asks=asks, places=places)
                return
        self.questions.append(question)

    def ask(self, key: str, asks: str, choices: list[Choice]) -> None:
        self.questions.append(Question(key=key, asks=asks, choices=tuple(choices)))


def in_lines(understood: Sequence[Reason], questions: Sequence[Question], findings: int = 1) -> str:
    """A mapping to fill in, as TOML: what was understood stands, with its reason; of each question one line is to be
    freed of its ``#``, where it asks for findings the lines of each that is meant."""
    plain = [question for question in questions if not question.takes_findings]
    lines = [
        *_said([one for one in understood if not in_finding(one.key)]),
        *_asked([one for one in plain if not in_finding(one.key)]),
    ]
    meant = [question for question in questions if question.takes_findings]
    for place in range(0 if meant else findings):
        inside = [
            *_said([one for one in understood if in_finding(one.key) and one.place == place]),
            *_asked([one for one in plain if in_finding(one.key) and place in one.places]),
        ]
        lines += ["", "[[finding]]", *inside] if inside else []
    for question in meant:
        lines += ["", f"# Question: {_on_one_line(question.asks)}"]
        for choice in question.choices:
            finding = choice.finding or Finding()
            named = finding if finding.label == choice.value else replace(finding, name=str(choice.value))
            lines += [f"# {text}" for text in Mapping(findings=(named,)).to_toml().splitlines() if text]
    return "\n".join(lines)


def _said(understood: Sequence[Reason]) -> list[str]:
    return [f"{line(one.key, one.value)}  # {_on_one_line(one.because)}" for one in understood]


def _asked(questions: Sequence[Question]) -> list[str]:
    lines: list[str] = []
    for question in questions:
        lines.append(f"# Question: {_on_one_line(question.asks)}")
        lines += [
            f"# {question.line(choice)}" + (f"  # {_on_one_line(choice.means)}" if choice.means else "")
            for choice in question.choices
        ]
        if not question.choices:
            lines.append(f'# {question.key} = "..."')
    return lines


def _on_one_line(text: str) -> str:
    """Cells are quoted in these words, and a line end in one would end the comment."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
