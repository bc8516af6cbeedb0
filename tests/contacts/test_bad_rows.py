"""Bad rows: written in the list's own format behind their errors, so that they can be mended and read again."""

from __future__ import annotations

import codecs
import datetime
import json
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from outreach.contacts.bad_rows import BadRows, refuse_target, write_bad_rows
from outreach.contacts.bad_text_rows import name_column
from outreach.contacts.options import ContactsOptions
from outreach.contacts.reader import read_contacts, read_rows
from outreach.contacts.rows import Row
from outreach.errors import ContentError, Problem, UsageError
from tests.contacts.lists import made_by_hand


def written(folder: Path, content: bytes, name: str = "list.csv", **options: str) -> bytes:
    """The file of the bad rows of a list with this content."""
    (folder / name.partition("#")[0]).write_bytes(content)
    settings = ContactsOptions(file=name, **options)  # type: ignore[arg-type]
    bad = BadRows(name)
    for row in read_contacts(folder, settings):
        if isinstance(row, Problem):
            bad.add(row)
    target = folder / f"bad.{name.partition('#')[0].rpartition('.')[2]}"
    assert write_bad_rows(target, folder, settings, bad) == len(bad.errors)
    return target.read_bytes()


def rows_in(folder: Path, name: str, encoding: str = "") -> list[dict[str, str]]:
    """The cells of the file, read as a list again."""
    rows = list(read_rows(folder / name.partition("#")[0], shown=name, encoding=encoding))
    assert all(isinstance(row, Row) for row in rows), rows
    return [dict(row.cells) for row in rows if isinstance(row, Row)]


def test_bad_rows_stand_behind_their_errors_as_they_were(tmp_path: Path) -> None:
    """The header and each bad row are copied as they are: quotes, line breaks inside them, line ends."""
    content = b'Email;"The ""Name""";\r\nok@b.example;A;\r\nnobody;"two\r\nlines; x";\r\n\r\n;B;\r\n'

    assert written(tmp_path, content).decode() == (
        'error;Email;"The ""Name""";\r\n'
        '"E10: column ""email"": ""nobody"": an email address must have an @-sign";nobody;"two\r\nlines; x";\r\n'
        '"E10: no address in column ""email""";;B;\r\n'
    )


def test_rows_that_can_not_be_read_are_there_too(tmp_path: Path) -> None:
    """Quotes that don't match, cells without a column, NUL characters; the last line gets an end."""
    content = b'email,name\na@b.example,"A" B\nc@d.example,C,stray\ne@f.example,E\0\ng@h.example,"G" H'

    assert written(tmp_path, content).decode().splitlines(keepends=True) == [
        "error,email,name\n",
        'E19: quotes that don\'t match,a@b.example,"A" B\n',
        '"E19: ""stray"" stands in a column without a name",c@d.example,C,stray\n',
        "E19: a NUL character (U+0000),e@f.example,E\0\n",
        'E19: quotes that don\'t match,g@h.example,"G" H\n',
    ]


@pytest.mark.parametrize(
    ("mark", "codec", "encoding"),
    [
        (b"", "utf-8", ""),
        (codecs.BOM_UTF8, "utf-8", ""),
        (codecs.BOM_UTF16_LE, "utf-16-le", ""),
        (codecs.BOM_UTF16_BE, "utf-16-be", ""),
        (codecs.BOM_UTF32_BE, "utf-32-be", ""),
        (b"", "cp949", "cp949"),
        (b"", "utf-16-le", "utf-16-le"),
    ],
)
@pytest.mark.parametrize(("separator", "line_end"), [("\t", "\r\n"), (",", "\r"), (";", "\n")])
def test_the_encoding_stays(
    tmp_path: Path, mark: bytes, codec: str, encoding: str, separator: str, line_end: str
) -> None:
    """Mark, byte order, separator and line ends are those of the list, and the file reads as a list again."""
    lines = [f"Email{separator}이름", f"nobody{separator}홍길동", f"a@b.example{separator}김"]
    content = mark + "".join(line + line_end for line in lines).encode(codec)

    found = written(tmp_path, content, encoding=encoding)

    assert found.startswith(mark)
    text = found[len(mark) :].decode(codec)
    assert text.startswith(f"error{separator}Email{separator}이름{line_end}")
    assert text.endswith(f"{separator}nobody{separator}홍길동{line_end}")
    assert [cells["이름"] for cells in rows_in(tmp_path, "bad.csv", encoding)] == ["홍길동"]


def test_an_error_that_the_encoding_can_not_hold_is_written_with_question_marks(tmp_path: Path) -> None:
    """The row itself is never changed."""
    bad = BadRows("list.csv")
    bad.add(Problem("E09", "list.csv:2", "“gruß” is empty", ""))
    (tmp_path / "list.csv").write_bytes("email;gruß\na@b.example;\xff\n".encode("cp1252"))
    options = ContactsOptions(file="list.csv", encoding="cp1251")

    write_bad_rows(tmp_path / "bad.csv", tmp_path, options, bad)

    assert (tmp_path / "bad.csv").read_bytes().splitlines()[1] == b"E09: \x93gru?\x94 is empty;a@b.example;\xff"


def test_a_stated_separator_stays_in_front(tmp_path: Path) -> None:
    """A list that begins with `sep=;` gives a file that does."""
    assert written(tmp_path, b"sep=;\nemail;a,b,c\nnobody;x\n").startswith(b"sep=;\nerror;email;a,b,c\n")
    assert [cells["email"] for cells in rows_in(tmp_path, "bad.csv")] == ["nobody"]


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        (["email"], "error"),
        ([" Error "], "outreach_error"),
        (["error", "Outreach Error"], "outreach_error_1"),
        (["error", "outreach_error", "outreach_error_1"], "outreach_error_2"),
    ],
)
def test_the_column_of_errors_has_a_name_of_its_own(taken: list[str], name: str) -> None:
    """A file that was mended in part can be checked, and its bad rows written, again and again."""
    assert name_column(taken) == name


def test_several_errors_of_a_row_stand_together_and_never_begin_a_formula() -> None:
    """They are joined by a semicolon, each once; what is no error, or of no row, is left out."""
    bad = BadRows("list.csv")
    for code, where, message, level in [
        ("E12", "list.csv:2", "=a@b.example stands in row 1 already", "error"),
        ("E09", "list.csv:2", "no name", "error"),
        ("E09", "list.csv:2", "no name", "error"),
        ("E11", "list.csv:3", "suppressed", "info"),
        ("E20", "letter.md:3", "no such filter", "error"),
        ("E19", "list.csv", "empty", "error"),
    ]:
        bad.add(Problem(code, where, message, "", level=level))

    assert bad.errors == {2: "E12: =a@b.example stands in row 1 already; E09: no name"}


def test_json_lines_stay_objects(tmp_path: Path) -> None:
    """The error is the first value of the object; a line that is none becomes the value of one."""
    content = b'{"email": "a@b.example"}\n {"email":"nobody", "n": 007}\n{}\n[1]\n{"Error": "x", "email": "y"}'

    lines = written(tmp_path, content, "list.jsonl").decode().splitlines()

    assert lines[0].startswith(' {"error": "E19: no JSON: ')
    assert lines[0].endswith('", "email":"nobody", "n": 007}')
    assert json.loads(lines[1]) == {"error": 'E10: no address in column "email"'}
    assert json.loads(lines[2]) == {"error": "E19: no JSON object", "line": "[1]"}
    assert list(json.loads(lines[3])) == ["outreach_error", "Error", "email"]


def test_a_workbook_keeps_dates_and_zeros(tmp_path: Path) -> None:
    """Dates stay dates, numbers keep their format, text stays text; the sheet keeps its name."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Büro"
    sheet.append([])
    sheet.append(["Email", "PLZ", "Day", "Text", "Sum"])
    sheet.append(["ok@b.example", 1, None, "x", 1])
    sheet.append(["nobody", 1234, datetime.date(2023, 10, 16), "=1+1", 1e15])
    sheet["B4"].number_format = "00000"
    sheet["D4"].data_type = "s"
    stream = BytesIO()
    book.save(stream)

    written(tmp_path, stream.getvalue(), "list.xlsx#Büro")

    (cells,) = rows_in(tmp_path, "bad.xlsx#Büro")
    assert list(cells) == ["error", "email", "plz", "day", "text", "sum"]
    assert [cells[name] for name in ("plz", "day", "text", "sum")] == [
        "01234",
        "2023-10-16",
        "=1+1",
        "1000000000000000",
    ]
    mended = openpyxl.load_workbook(tmp_path / "bad.xlsx")["Büro"]
    assert mended["D2"].value == datetime.datetime(2023, 10, 16)  # noqa: DTZ001 - Excel knows no zones
    assert (mended["C2"].value, mended["C2"].number_format) == (1234, "00000")
    assert mended["E2"].data_type == "s"


def test_a_cell_without_a_value_stays_bad_until_it_is_mended(tmp_path: Path) -> None:
    """A formula that was never calculated is copied as an error, never as an empty cell."""
    cells = '<c r="A2" t="inlineStr"><is><t>x</t></is></c><c r="B2"><f>A2</f></c><c r="C2" s="2"><v>45215</v></c>'
    content = made_by_hand(cells)
    (tmp_path / "list.xlsx").write_bytes(content)
    bad = BadRows("list.xlsx")
    bad.errors[2] = "E19: a formula"

    write_bad_rows(tmp_path / "bad.xlsx", tmp_path, ContactsOptions(file="list.xlsx"), bad)

    copied = openpyxl.load_workbook(tmp_path / "bad.xlsx").worksheets[0]
    assert [cell.value for cell in copied[2]][:3] == ["E19: a formula", "x", "#N/A"]
    assert copied["D2"].value == datetime.datetime(2023, 10, 16)  # noqa: DTZ001
    (problem,) = read_rows(tmp_path / "bad.xlsx", shown="bad.xlsx")
    assert isinstance(problem, Problem)


@pytest.mark.parametrize(
    ("target", "said", "remedy"),
    [
        ("bad.csv", "the list is a .xlsx file", "bad.xlsx"),
        ("there.xlsx", "there already", "nothing is overwritten"),
        ("link.xlsx", "there already", "nothing is overwritten"),
        ("no/bad.xlsx", "no such folder", "elsewhere"),
    ],
)
def test_a_wrong_place_is_refused_before_anything_is_read(tmp_path: Path, target: str, said: str, remedy: str) -> None:
    """Another ending, a file or a link that is there, and a folder that is not."""
    (tmp_path / "there.xlsx").touch()
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "nowhere.xlsx")

    with pytest.raises(UsageError) as caught:
        refuse_target(tmp_path / target, ContactsOptions(file="list.xlsx#S"))

    assert said in caught.value.what
    assert remedy in caught.value.remedy


def test_only_the_user_may_read_the_file(tmp_path: Path) -> None:
    """It holds names and addresses."""
    written(tmp_path, b"email\nnobody\n")

    assert (tmp_path / "bad.csv").stat().st_mode & 0o777 == 0o600


def test_nothing_is_left_behind_when_writing_fails(tmp_path: Path) -> None:
    """A list that was spoilt in between leaves no half of a file."""
    (tmp_path / "list.csv").write_bytes(b'email\nnobody\n"x\ny\n')
    bad = BadRows("list.csv", {2: "E10: wrong"})

    with pytest.raises(ContentError):
        write_bad_rows(tmp_path / "bad.csv", tmp_path, ContactsOptions(file="list.csv"), bad)

    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
