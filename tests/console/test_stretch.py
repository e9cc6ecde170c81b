"""A long list of which only a part is in memory."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from hsl_tui.console.widgets.stretch import PAGE, Stretch
from hsl_tui.console.widgets.table_reads import Read, Reads
from hsl_tui.console.widgets.table_source import source

HEIGHT = 20


class Numbers:
    """A list of numbers, read as a table reads its own."""

    def __init__(self, rows: Sequence[int], *, back: bool = True, total: int | None = None) -> None:
        self.rows = list(rows)
        self.read = 0
        self.first = 0
        self.stretch: Stretch[int] = Stretch(lambda row: row)
        self.stretch.total = total
        place = None if total is None else self.place
        of = source(self.after, self.before if back else None, place, lambda row: row)
        self.reads = Reads(of, self.stretch)
        self.settle()

    def after(self, key: int | None, limit: int) -> Sequence[int]:
        start = 0 if key is None else sum(not self.lies_behind(row, key) for row in self.rows)
        self.read += 1
        return self.rows[start : start + limit]

    def before(self, key: int | None, limit: int) -> Sequence[int]:
        end = (
            len(self.rows) if key is None else sum(self.lies_behind(key, one) for one in self.rows)
        )
        self.read += 1
        return self.rows[max(0, end - limit) : end]

    def lies_behind(self, one: int, other: int) -> bool:
        return one < other if self.rows[0] > self.rows[-1] else one > other

    def place(self, place: int) -> int:
        """About: as if the numbers were evenly spread."""
        first, last = self.rows[0], self.rows[-1]
        return first + (last - first) * place // (len(self.rows) - 1) - 1

    def settle(self) -> None:
        """Read what is missing in view."""
        while read := self.reads.missing(
            self.first, self.first + HEIGHT - 1, ahead=2 * HEIGHT, limit=PAGE
        ):
            self.take(read)

    def take(self, read: Read[int]) -> None:
        self.first = max(0, self.first + read.put(read.load()))
        self.first = max(0, min(self.first, self.stretch.length - HEIGHT))
        self.stretch.trim(self.first, self.first + HEIGHT)

    def go(self, place: int) -> list[int | None]:
        """Scroll there; what is in view then."""
        self.first = max(0, min(place, self.stretch.length - HEIGHT))
        self.settle()
        return self.view

    def reread(self) -> list[int | None]:
        place = self.stretch.from_here(self.first)
        assert place is not None
        self.take(self.reads.again(place, PAGE))
        self.settle()
        return self.view

    @property
    def view(self) -> list[int | None]:
        places = range(self.first, min(self.first + HEIGHT, self.stretch.length))
        return [self.stretch.row(place) for place in places]


@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("length", [0, 1, 19, 100, 250])
def test_a_list_is_read_to_its_end(length: int, *, back: bool) -> None:
    numbers = Numbers(range(length), back=back)
    while not numbers.stretch.ended:
        numbers.go(numbers.stretch.length)
    assert numbers.stretch.length == length
    assert numbers.go(length) == numbers.rows[-HEIGHT:]
    assert numbers.go(0) == numbers.rows[:HEIGHT]


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("back", [True, False])
def test_few_rows_stay_in_memory_and_all_can_be_read_again(step: int, *, back: bool) -> None:
    rows = range(3000)[::step]
    numbers = Numbers(rows, back=back)
    for place in range(0, 3000, HEIGHT):
        assert numbers.go(place) == list(rows[place : place + HEIGHT])
        assert len(numbers.stretch.rows) < 1200
    for place in range(2980, -1, -HEIGHT):
        assert numbers.go(place) == list(rows[place : place + HEIGHT])
    assert numbers.stretch.length == 3000


def test_a_leap_reads_once_wherever_it_goes() -> None:
    numbers = Numbers(range(10_000), total=10_000)
    for place in (5000, 9980, 40, 7777):
        before = numbers.read
        assert numbers.go(place) == list(range(place, place + HEIGHT))
        assert numbers.read - before <= 2


def test_a_leap_to_about_a_place_is_put_right_at_the_ends() -> None:
    uneven = [*range(1000), *range(100_000, 109_000)]
    numbers = Numbers(uneven, total=len(uneven))
    landed = numbers.go(5000)
    assert landed == uneven[uneven.index(landed[0] or 0) :][:HEIGHT]
    for _ in range(500):
        numbers.go(numbers.first - HEIGHT)
    assert (numbers.first, numbers.view) == (0, uneven[:HEIGHT])
    numbers.go(3000)
    while not numbers.stretch.ended:
        numbers.go(numbers.first + HEIGHT)
    assert numbers.stretch.length == len(uneven)
    assert numbers.go(9980) == uneven[-HEIGHT:]


def test_where_a_leap_meets_nothing_the_end_is_shown() -> None:
    numbers = Numbers(range(1000), total=5000)
    numbers.take(numbers.reads.at(4000, PAGE, after=4000))
    numbers.settle()
    assert numbers.go(numbers.stretch.length) == list(range(980, 1000))


def test_what_comes_in_at_the_head_is_shown_there() -> None:
    numbers = Numbers(range(300, 0, -1))
    numbers.rows.insert(0, 301)
    assert numbers.reread() == list(range(301, 281, -1))
    numbers.go(150)
    numbers.rows.insert(0, 302)
    view = list(numbers.view)
    assert numbers.reread() == view
    assert numbers.go(0) == list(range(302, 282, -1))


def test_what_is_gone_is_gone_wherever_it_was() -> None:
    numbers = Numbers(range(250), total=250)
    numbers.go(200)
    del numbers.rows[150:]
    numbers.stretch.total = 150
    numbers.reread()
    assert numbers.go(140) == list(range(130, 150))
    del numbers.rows[:50]
    assert numbers.go(0) == list(range(50, 70))


def test_what_comes_in_at_the_end_is_read_when_it_is_known_of() -> None:
    numbers = Numbers(range(150), total=150)
    numbers.go(140)
    numbers.rows += range(150, 170)
    numbers.stretch.total = 170
    numbers.settle()
    assert numbers.go(150) == list(range(150, 170))


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_what_is_in_view_is_a_part_of_the_list(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - for a walk, not a secret
    known = bool(seed % 2)
    rows = sorted(chance.sample(range(100_000), chance.choice([30, 99, 200, 1500])))
    numbers = Numbers(rows[::-1] if seed % 3 else rows, total=len(rows) if known else None)
    for _ in range(60):
        chance.choice([leap, step, step, go_home, go_to_end, change])(numbers, chance)
        if known:
            numbers.stretch.total = len(numbers.rows)
            numbers.settle()
        view = [row for row in numbers.reread() if row is not None]
        at = numbers.rows.index(view[0])
        assert view == numbers.rows[at : at + len(numbers.view)]


def leap(numbers: Numbers, chance: random.Random) -> None:
    numbers.go(chance.randrange(numbers.stretch.length))


def step(numbers: Numbers, chance: random.Random) -> None:
    numbers.go(numbers.first + chance.choice([-HEIGHT, HEIGHT]))


def go_home(numbers: Numbers, _: random.Random) -> None:
    numbers.take(numbers.reads.beginning(PAGE))
    assert numbers.go(0) == numbers.rows[:HEIGHT]


def go_to_end(numbers: Numbers, _: random.Random) -> None:
    numbers.take(numbers.reads.ending(PAGE))
    assert numbers.go(numbers.stretch.length) == numbers.rows[-HEIGHT:]


def change(numbers: Numbers, chance: random.Random) -> None:
    """Rows leave and come in, anywhere."""
    descends = numbers.rows[0] > numbers.rows[-1]
    for row in chance.sample(numbers.rows, min(20, len(numbers.rows) - HEIGHT)):
        numbers.rows.remove(row)
    fresh = {chance.randrange(100_000) for _ in range(chance.choice([5, 40]))}
    numbers.rows = sorted({*numbers.rows, *fresh}, reverse=descends)
