"""Exchange: dated rates, and files of them, refused with their field or their line."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from schemas.policy import Policy, PolicyError, load_policy
from schemas.policy import rates as rates_module
from tests.schemas.policies import SMALL, policy, refusal

PLAIN = "currency,from,rate\nCHF,2026-01-01,1.04\nUSD,2026-01-01,0.85\nCHF,2026-02-01,1.05\n"
ECB = "Date,USD,CHF,JPY,CYP,\n2026-01-05,1.25,0.8,160,N/A,\n2026-01-02,1.2,,N/A,0.5,\n"


def with_exchange(rates: str, currency: str = "EUR") -> str:
    """The small policy with these lines under `exchange`, which is on line 5."""
    text = SMALL.replace("window:", f"exchange:\n{rates}window:", 1)
    return text.replace("currency: EUR", f"currency: {currency}", 1)


def in_file(folder: Path, content: str | bytes, currency: str = "EUR", more: str = "") -> Policy:
    """A policy that names a file with this content."""
    raw = content.encode() if isinstance(content, str) else content
    (folder / "rates.csv").write_bytes(raw)
    path = folder / "shop.yaml"
    path.write_text(with_exchange(f"  - {{file: rates.csv}}\n{more}", currency), "utf-8")
    return load_policy(path)


def prices(found: Policy, currency: str) -> dict[str, Fraction]:
    """The rates of a currency by their days."""
    rates = found.rates[currency]
    return {
        str(day): Fraction(price.dividend) / Fraction(price.divisor)
        for day, price in zip(rates.days, rates.prices, strict=True)
    }


def test_a_rate_holds_from_its_day_to_the_next_one_s() -> None:
    """Whatever order they are written in."""
    lines = "  - {currency: CHF, from: 2026-02-01, rate: 1.05}\n"
    lines += "  - {currency: CHF, from: '2026-01-01', rate: '1.040'}\n"
    found = policy(with_exchange(lines))

    assert prices(found, "CHF") == {"2026-01-01": Fraction("1.04"), "2026-02-01": Fraction("1.05")}
    rates = found.rates["CHF"]
    on = {n: rates.on(date(2026, 1, n)) for n in (1, 31)}
    assert {n: price and price.dividend for n, price in on.items()} == dict.fromkeys(
        on, Decimal("1.04")
    )
    assert rates.on(date(2025, 12, 31)) is None
    assert policy(SMALL).rates == {}


def test_a_plain_file_says_the_same_as_the_policy_itself(tmp_path: Path) -> None:
    """So it has the same version."""
    lines = "  - {currency: USD, from: 2026-01-01, rate: 0.850}\n"
    lines += "  - {currency: CHF, from: 2026-01-01, rate: 1.04}\n"
    lines += "  - {currency: CHF, from: 2026-02-01, rate: 1.05}\n"
    inline = policy(with_exchange(lines))
    found = in_file(tmp_path, PLAIN)

    assert found.rates == inline.rates
    assert found.version == inline.version != policy(SMALL).version
    assert in_file(tmp_path, "\ufeff" + PLAIN.replace(",", " , ").replace("\n", "\r\n")) == found


def test_a_file_of_the_ecb_gives_rates_by_the_euro(tmp_path: Path) -> None:
    """So many units of each for 1 EUR; what is not there has no rate on that day."""
    found = in_file(tmp_path, ECB)

    assert found.rates.keys() == {"CHF", "JPY", "USD"}, "nobody pays in Cyprus pounds any more"
    assert prices(found, "USD") == {"2026-01-02": 1 / Fraction("1.2"), "2026-01-05": Fraction(4, 5)}
    assert prices(found, "CHF") == {"2026-01-05": Fraction(5, 4)}
    assert prices(found, "JPY") == {"2026-01-05": Fraction(1, 160)}


def test_with_another_currency_the_ecb_s_file_gives_cross_rates(tmp_path: Path) -> None:
    """And the euro itself is one of the others."""
    found = in_file(tmp_path, ECB, "CHF")

    assert prices(found, "EUR") == {"2026-01-05": Fraction("0.8")}
    assert prices(found, "USD") == {"2026-01-05": Fraction("0.8") / Fraction("1.25")}
    assert prices(found, "JPY") == {"2026-01-05": Fraction("0.8") / 160}


def test_the_ecb_s_file_of_one_day_writes_the_day_out(tmp_path: Path) -> None:
    """With spaces after its commas."""
    found = in_file(tmp_path, "Date, USD, JPY, \n06 November 2026, 1.25, 160, \n")

    assert prices(found, "USD") == {"2026-11-06": Fraction(4, 5)}


def test_the_version_changes_with_what_the_file_says(tmp_path: Path) -> None:
    """And not with what nobody reads of it."""
    version = in_file(tmp_path, PLAIN).version

    assert in_file(tmp_path, PLAIN.replace("0.85", "0.8500")).version == version
    assert in_file(tmp_path, PLAIN.replace("0.85", "0.86")).version != version
    assert in_file(tmp_path, PLAIN.replace("2026-02-01", "2026-02-02")).version != version
    assert in_file(tmp_path, PLAIN + "GBP,2026-01-01,1.1\n").version != version
    assert in_file(tmp_path, ECB).version != version


WRONG = [
    ("{currency: CHX, from: 2026-01-01, rate: 1}", "[0].currency: 'CHX' is not a currency code"),
    ("{currency: XAU, from: 2026-01-01, rate: 1}", "[0].currency: XAU is no money"),
    ("{currency: EUR, from: 2026-01-01, rate: 1}", "[0].currency: EUR is the policy's own"),
    ("{currency: CHF, from: 2026-01-01, rate: 0}", "[0].rate: must be more than 0, not 0"),
    ("{currency: CHF, from: 2026-01-01, rate: -1}", "[0].rate: must be more than 0, not -1"),
    ("{currency: CHF, from: 2026-01-01, rate: .inf}", "[0].rate: must be a number"),
    ("{currency: CHF, from: 2026-01-01, rate: '1,04'}", "[0].rate: must be a number, not '1,04'"),
    ("{currency: CHF, from: 2026-01-01, rate: 1e10}", "[0].rate: a rate lies between"),
    (
        "{currency: CHF, from: 2026-01-01, rate: '1.0000000000000001'}",
        "a rate has at most 15 digit",
    ),
    ("{currency: CHF, from: 2026-01-01}", "[0].rate: is missing"),
    ("{currency: CHF, from: 5, rate: 1}", "[0].from: write a day such as 2026-01-01"),
    ("{currency: CHF, from: '2026-02-30', rate: 1}", "[0].from: write a day such as"),
    ("{currency: CHF, from: 2026-01-01 10:00:00, rate: 1}", "[0].from: write a day such as"),
    (
        "{currency: CHF, since: 2026-01-01, rate: 1}",
        "[0].since: this name is not known here; there are currency, from, rate",
    ),
    (
        "{file: rates.csv, from: 2026-01-01}",
        "[0].from: this name is not known here; there are file",
    ),
    ("{file: 5}", "[0].file: must be text"),
    ("5", "[0]: must have names and values in it"),
    ("{file: rates.csv}", "[0].file: no file can be read here"),
]


@pytest.mark.parametrize(("line", "expected"), WRONG)
def test_a_wrong_rate_is_refused_with_its_line_and_field(line: str, expected: str) -> None:
    """In a sentence."""
    found = refusal(with_exchange(f"  - {line}\n"))

    assert any(
        each.startswith("shop.yaml, line 5: exchange") and expected in each
        for each in found.splitlines()
    ), found


def test_two_rates_of_one_day_are_refused() -> None:
    """Nobody could say which counts."""
    line = "  - {currency: CHF, from: 2026-01-01, rate: 1.04}\n"

    assert refusal(with_exchange(line + line)) == (
        "shop.yaml, line 6: exchange[1].from: this is a second rate of CHF from 2026-01-01 on"
    )


WRONG_FILES: list[tuple[str | bytes, str]] = [
    ("", "line 1: the first line must be currency,from,rate, or Date and a column for each"),
    ("a,b\n", "line 1: the first line must be"),
    (PLAIN + "CHX,2026-01-01,1\n", "line 5: 'CHX' is not a currency code of ISO 4217"),
    (PLAIN + "EUR,2026-01-01,1\n", "line 5: EUR is the policy's own currency"),
    (PLAIN + "GBP,2026-13-01,1\n", "line 5: '2026-13-01' is no day; write it as 2026-01-01"),
    (PLAIN + "GBP,2026-01-01,0\n", "line 5: rate: a rate must be more than 0"),
    (PLAIN + "GBP,2026-01-01,1e3\n", "line 5: rate: '1e3' is no number"),
    (PLAIN + "GBP,2026-01-01,\n", "line 5: rate: '' is no number"),
    (PLAIN + "GBP,2026-01-01\n", "line 5: a line has a currency, a day and a rate"),
    (PLAIN + "CHF,2026-01-01,1.1\n", "line 5: this is a second rate of CHF from 2026-01-01 on"),
    (PLAIN.encode() + b"\xff", "line 5: this is no text in UTF-8"),
    (PLAIN + '"', "line 5: unexpected end of data"),
    ("currency,from,rate\n", "line 1: there is no rate in it"),
    ("Date,usd\n", "line 1: 'usd' is not a currency code"),
    ("Date,USD,USD\n", "line 1: there are two columns for USD"),
    ("Date,USD\n2026-01-01,1,2\n", "line 2: 3 columns, and the first line names 2"),
    ("Date,USD\n2026-01-01,x\n", "line 2: USD: 'x' is no number"),
    ("Date,USD\n\n2026-01-01,1\n2026-01-01,2\n", "line 4: this is a second rate of USD"),
    ("Date,USD\n2026-01-01,N/A\n", "line 1: there is no rate in it"),
    (b"x" * (16 * 1024 * 1024 + 1), "line 1: the file is larger than 16 MiB"),
]


@pytest.mark.parametrize(("content", "expected"), WRONG_FILES)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, content: str | bytes, expected: str
) -> None:
    """And with the line of the policy that names it."""
    with pytest.raises(PolicyError) as error:
        in_file(tmp_path, content)
    place = f"{tmp_path / 'shop.yaml'}, line 5: exchange[0].file: rates.csv, "
    assert str(error.value).startswith(place + expected)


def test_a_file_of_the_ecb_must_know_the_policy_s_currency(tmp_path: Path) -> None:
    """Else there are no cross rates."""
    with pytest.raises(PolicyError, match="line 1: there is no column for SEK, the policy's curr"):
        in_file(tmp_path, ECB, "SEK")


def test_a_rate_beside_a_file_may_not_contradict_it(tmp_path: Path) -> None:
    """The second one is reported."""
    with pytest.raises(PolicyError) as error:
        in_file(tmp_path, PLAIN, more="  - {currency: CHF, from: 2026-02-01, rate: 2}\n")
    assert "line 6: exchange[1].from: this is a second rate of CHF" in str(error.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """With the system's reason."""
    path = tmp_path / "shop.yaml"
    for name, reason in (("none.csv", "No such file or directory"), (".", "Is a directory")):
        path.write_text(with_exchange(f"  - {{file: {name}}}\n"), "utf-8")
        with pytest.raises(PolicyError, match=f"exchange.0..file: can't read {name}: {reason}"):
            load_policy(path)


def test_too_many_rates_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip of the pen should not fill the memory."""
    monkeypatch.setattr(rates_module, "MOST_RATES", 2)

    with pytest.raises(PolicyError, match="exchange: there are 3 rates; a policy has at most 2"):
        in_file(tmp_path, PLAIN)


def test_a_file_that_is_full_of_faults_is_reported_in_a_few_lines(tmp_path: Path) -> None:
    """The first ones are enough to see what it is."""
    with pytest.raises(PolicyError) as error:
        in_file(tmp_path, "currency,from,rate\n" + "x,y,z\n" * 1000)
    assert len(str(error.value).splitlines()) == 5
