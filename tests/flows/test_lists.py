"""Lists as people have them: what is wrong with them is told, written, mended, and nobody gets a second letter."""

from __future__ import annotations

import csv
import datetime
import io

import openpyxl
import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow

LIST = "contacts/officials.csv"


def offices(lacking: range, total: int = 100) -> list[str]:
    """Rows of a list; some lack the salutation."""
    return [
        f"office{n}@state.example,Office {n},{'' if n in lacking else f'Dear {n}'},"
        for n in range(total)
    ]  # fmt: skip


def use_list(campaign: Campaign, name: str, extra: str = "") -> None:
    """Name another list in the settings."""
    campaign.edit("outreach.toml", f'file = "{LIST}"', f'file = "{name}"{extra}')


def test_forty_rows_with_the_same_problem_are_told_in_one_line(campaign: Campaign) -> None:
    """The rows are counted, the first three named, and the command that writes all of them."""
    campaign.contacts(offices(range(10, 50)))

    ran = campaign.run("check")

    assert ran.code == 3
    assert f"In {LIST}:\n" in ran.out
    assert 'error E09 40 rows lack "salutation": 12, 13, 14 and 37 more\n' in ran.out
    assert ran.out.count("E09") == 1
    assert "outreach check --bad-rows FILE" in ran.out
    assert campaign.run("check", "--json").json["finding_counts"] == {"E09": 40}


def test_thousands_of_bad_rows_are_counted_exactly(campaign: Campaign) -> None:
    """Duplicates and empty cells, more of each than are listed, are told with exact numbers, and all are written."""
    rows = offices(range(1500), 3000)
    campaign.contacts([*rows, *rows[1500:]])

    ran = campaign.run("check", "--bad-rows", "bad.csv")

    assert "Wrote 3000 rows to bad.csv" in ran.err
    assert '1500 rows lack "salutation": 2, 3, 4 and 1497 more' in ran.out
    assert "1500 rows repeat an earlier row:" in ran.out
    assert "4500 rows read, 1500 letters composed" in ran.out
    assert len((campaign.folder / "bad.csv").read_text().splitlines()) == 3001
    found = campaign.run("check", "--json").json
    assert found["finding_counts"] == {"E09": 1500, "E12": 1500}
    assert len(found["findings"]) == 1000


def test_bad_rows_are_mended_and_everyone_gets_one_letter(campaign: Campaign, start_sink: StartSink) -> None:
    """The good rows are sent first, the mended file is then the list of the same campaign."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts([*offices(range(40)), "nobody,Nobody,Dear nobody,", "office99@state.example,Twice,Dear twice,"])

    checked = campaign.run("check", "--bad-rows", "bad.csv")
    first = campaign.run("send", "--yes", "--skip-bad-rows", "--json")
    bad = (campaign.folder / "bad.csv").read_text()
    mended = [row for row in csv.DictReader(io.StringIO(bad)) if not row["error"].startswith("E12")]
    for row in mended:
        row["salutation"] = "Dear friend"
        row["email"] = row["email"].replace("nobody", "nobody@state.example")
    with (campaign.folder / "bad.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, mended[0].keys())
        writer.writeheader()
        writer.writerows(mended)
    use_list(campaign, "bad.csv")
    second = campaign.run("send", "--yes", "--json")

    assert checked.code == 3
    assert "Wrote 42 rows to bad.csv" in checked.err
    assert "outreach send --set contacts.file=bad.csv\n" in checked.err
    assert (first.code, first.json["skipped"], first.json["counts"]["accepted"]) == (0, 42, 60)
    assert second.code == 0
    assert second.json["counts"]["accepted"] == second.json["total"] == 101
    assert sorted(sink.accepted_by_recipient().values()) == [1] * 101
    assert campaign.run("check", "--bad-rows", "none.csv").code == 0
    assert not (campaign.folder / "none.csv").exists()


def test_skipped_rows_are_counted_and_reached_later(campaign: Campaign, start_sink: StartSink) -> None:
    """`--skip-bad-rows` says how many are left out; once they are mended in the list, only they are written to."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(offices(range(2), 5))

    asked = campaign.run("send", "--skip-bad-rows", "--dry-run")
    campaign.run("send", "--yes", "--skip-bad-rows")
    before = dict(sink.accepted_by_recipient())
    campaign.contacts(offices(range(0), 5))
    sent = campaign.run("send", "--yes", "--json")

    assert "2 bad rows" in asked.out
    assert sorted(before) == [f"office{n}@state.example" for n in (2, 3, 4)]
    assert sent.json["counts"]["accepted"] == 5
    assert sorted(sink.accepted_by_recipient().items()) == [(f"office{n}@state.example", 1) for n in range(5)]


def test_a_korean_list_from_excel(campaign: Campaign, start_sink: StartSink) -> None:
    """Without its encoding it is refused with the setting to write; with it, names and bad rows stay what they are."""
    sink = start_sink()
    campaign.use_port(sink.port)
    rows = "이메일,이름,인사\r\nminister@state.example,홍길동 장관,장관님께\r\nchair@state.example,김철수,\r\n"
    campaign.write(LIST, rows.encode("cp949"))
    use_list(campaign, LIST, '\ncolumns = { email = "이메일", name = "이름", salutation = "인사" }')

    refused = campaign.run("check")
    campaign.edit("outreach.toml", f'file = "{LIST}"', f'file = "{LIST}"\nencoding = "cp949"')
    checked = campaign.run("check", "--bad-rows", "bad.csv")
    bad = (campaign.folder / "bad.csv").read_bytes().decode("cp949")
    campaign.write("bad.csv", bad.replace("김철수,", "김철수,위원장님께").encode("cp949"))
    skipped = campaign.run("send", "--yes", "--skip-bad-rows")
    use_list(campaign, "bad.csv")
    mended = campaign.run("send", "--yes")

    assert refused.code == 3
    assert '"이메일" in cp949' in refused.err
    assert 'encoding = "cp949" under [contacts]' in refused.err
    assert checked.code == 3
    assert bad.startswith("error,이메일,이름,인사\r\n")
    assert bad.endswith(",chair@state.example,김철수,\r\n")
    assert (skipped.code, mended.code) == (0, 0)
    assert sink.accepted_by_recipient() == {"minister@state.example": 1, "chair@state.example": 1}
    assert "홍길동 장관" in campaign.run("log", "--json", "--to", "minister@*").json_lines[0]["name"]


def test_a_european_list_from_excel(campaign: Campaign, start_sink: StartSink) -> None:
    """Semicolons, cp1252, quotes, decimal commas, a stated separator and empty columns at the end."""
    sink = start_sink()
    campaign.use_port(sink.port)
    rows = (
        "sep=;\r\n E-Mail ;Name;SALUTATION;Betrag;;\r\n"
        'h@state.example;"Müller; Hans";Sehr geehrter Herr Müller;1,5;;\r\n'
        "e@state.example;Ève;Chère Ève;2,5;;\r\n"
    )
    campaign.write(LIST, rows.encode("cp1252"))
    use_list(campaign, LIST, '\nencoding = "cp1252"\ncolumns = { email = "E-Mail" }')

    sent = campaign.run("send", "--yes")

    assert sent.code == 0, sent
    assert sink.accepted_by_recipient() == {"h@state.example": 1, "e@state.example": 1}
    names = [entry["name"] for entry in campaign.run("log", "--json").json_lines]
    assert names == ["Müller; Hans", "Ève"]


def test_a_workbook_as_its_user_sees_it(campaign: Campaign, start_sink: StartSink) -> None:
    """Leading zeros and dates are printed as shown; a formula without a value is told, mended, and then sent."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.edit("templates/letter.md", "we call on", "{{ plz }} on {{ day }}, we call on")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["email", "name", "salutation", "PLZ", "Day"])
    for n in (1, 2):
        sheet.append([f"o{n}@state.example", f"Office {n}", "Dear", 1067, datetime.datetime(2023, 10, 16)])  # noqa: DTZ001
        sheet.cell(n + 1, 4).number_format = "00000"
    sheet["C3"] = '="Dear " & B3'
    book.save(campaign.folder / "contacts/list.xlsx")
    use_list(campaign, "contacts/list.xlsx")

    checked = campaign.run("check", "--bad-rows", "bad.xlsx")
    skipped = campaign.run("send", "--yes", "--skip-bad-rows")
    bad = openpyxl.load_workbook(campaign.folder / "bad.xlsx")
    bad.worksheets[0]["D2"] = "Dear Office 2"
    bad.save(campaign.folder / "bad.xlsx")
    campaign.edit("outreach.toml", "contacts/list.xlsx", "bad.xlsx")
    mended = campaign.run("send", "--yes")

    assert 'list.xlsx:3: the cell in column "salutation" holds a formula that was never calculated' in checked.out
    assert (skipped.code, mended.code) == (0, 0), mended
    assert sink.accepted_by_recipient() == {"o1@state.example": 1, "o2@state.example": 1}
    assert all(b"01067 on 2023-10-16, we call" in message.content for message in sink.messages)


def test_bad_rows_go_nowhere_else(campaign: Campaign) -> None:
    """A file that is there, and one with another ending, are refused before anything is read, in words."""
    campaign.contacts(offices(range(2), 5))
    campaign.write("bad.csv", "mine")

    there = campaign.run("check", "--bad-rows", "bad.csv")
    other = campaign.run("check", "--bad-rows", "bad.xlsx")

    assert (there.code, other.code) == (2, 2)
    assert "bad.csv is there already" in there.err
    assert "--bad-rows bad.csv" in other.err
    assert (campaign.folder / "bad.csv").read_text() == "mine"


def test_an_error_in_the_letter_writes_no_rows(campaign: Campaign) -> None:
    """Where every message is wrong the letter is to be mended, not the rows."""
    campaign.contacts(offices(range(2), 5))
    campaign.edit("templates/letter.md", "{{ salutation }}", "{{ salutation ")

    ran = campaign.run("check", "--bad-rows", "bad.csv")

    assert ran.code == 3
    assert "templates/letter.md" in ran.err
    assert not (campaign.folder / "bad.csv").exists()


def test_a_list_of_nothing_but_bad_rows_is_not_to_be_written_out(campaign: Campaign) -> None:
    """Where every row has the error the letter or the settings are to be mended; no letter is the largest."""
    campaign.edit("templates/letter.md", "{{ salutation }}", "{{ salutaton }}")

    ran = campaign.run("check")

    assert ran.code == 3
    assert "3 rows read, 0 letters composed, 0 copies" in ran.out
    assert "--bad-rows" not in ran.out
