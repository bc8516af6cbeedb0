"""Contacts from a list: which column means what, and what is wrong with a row."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from outreach.contacts.options import ContactsOptions
from outreach.contacts.reader import read_contacts, read_rows
from outreach.contacts.rows import Row
from outreach.errors import ContentError, Problem, SettingsError
from outreach.model import Contact, Mailbox
from tests.contacts.lists import contact_of, contacts_of, problem_of, workbook

LISTED = ", ".join(map(str, range(20)))


def test_reads_every_field_with_a_meaning(tmp_path: Path) -> None:
    """A row becomes a contact: addresses parsed, the rest as written, all of it among the fields."""
    contact = contact_of(
        tmp_path,
        "ID,Email,Name,CC,BCC,Lang,Attachments,Office Hours\n"
        'K7,A@Büro.example,"Kim, A.","B <b@x.example>; c@x.example",d@x.example,ko,"a.pdf; b c.pdf;",9-5\n',
    )

    assert contact == Contact(
        key="K7",
        row=2,
        to=(Mailbox("Kim, A.", "A@büro.example", "A@xn--bro-hoa.example"),),
        cc=(Mailbox("B", "b@x.example", "b@x.example"), Mailbox("", "c@x.example", "c@x.example")),
        bcc=(Mailbox("", "d@x.example", "d@x.example"),),
        lang="ko",
        attachments=("a.pdf", "b c.pdf"),
        fields={
            "id": "K7",
            "email": "A@büro.example",
            "name": "Kim, A.",
            "cc": "B <b@x.example>; c@x.example",
            "bcc": "d@x.example",
            "lang": "ko",
            "attachments": "a.pdf; b c.pdf;",
            "office_hours": "9-5",
        },
    )


@pytest.mark.parametrize("header", ["email", "id,email"])
def test_without_an_id_the_address_is_the_key(tmp_path: Path, header: str) -> None:
    """Where there is no id, or an empty one, the key is the address as it is compared."""
    assert contact_of(tmp_path, f"{header}\n{',' * header.count(',')}A@B.Example\n").key == "a@b.example"


@pytest.mark.parametrize(("cell", "name"), [("a@b.example", "Column"), ("Cell <a@b.example>", "Cell")])
def test_a_name_in_the_cell_comes_before_that_of_the_column(tmp_path: Path, cell: str, name: str) -> None:
    """The display name of a To is the one beside its address, else that of the column."""
    assert contact_of(tmp_path, f"email,name\n{cell},Column\n").to[0].name == name


def test_a_literal_value_stays_literal(tmp_path: Path) -> None:
    """Nothing in a value is taken for markup, an encoded-word or a template."""
    value = "{{7*7}} *x* <b> =?utf-8?q?=0A?="

    contact = contact_of(tmp_path, f"email,name\na@b.example,{value}\n")

    assert (contact.to[0].name, contact.fields["name"]) == (value, value)


def test_a_line_break_in_another_field_is_kept(tmp_path: Path) -> None:
    """A field that stands in no header may have several lines."""
    assert contact_of(tmp_path, 'email,office\na@b.example,"Room 1\r\nSeoul"\n').fields["office"] == "Room 1\nSeoul"


def test_columns_are_renamed_as_the_settings_say(tmp_path: Path) -> None:
    """A column of the list serves as ours, and can still be used under its own name."""
    columns = {"email": " E-Mail Adresse", "Name": "이름", "salutation": "이름"}

    contact = contact_of(tmp_path, "e-mail  ADRESSE,이름\nA@B.Example,홍길동\n", columns=columns)

    assert contact.to == (Mailbox("홍길동", "A@b.example", "A@b.example"),)
    assert contact.fields == {
        "e-mail_adresse": "A@B.Example",
        "이름": "홍길동",
        "email": "A@b.example",
        "name": "홍길동",
        "salutation": "홍길동",
    }


def test_a_column_may_be_mapped_to_itself(tmp_path: Path) -> None:
    """To say of a column that it is what it is called changes nothing."""
    assert contact_of(tmp_path, "email\na@b.example\n", columns={"email": " Email"}).fields == {"email": "a@b.example"}


@pytest.mark.parametrize(
    ("header", "columns", "message", "hint"),
    [
        ("name,adress", {}, 'no column "email"; the columns are: name, adress', 'columns = { email = "'),
        ("이름,이메일", {}, 'no column "email"; the columns are: 이름, 이메일', 'columns = { email = "이메일" }'),
        ("a\x1b", {}, 'no column "email"; the columns are: a<U+001B>', "columns"),
        ("a" + ",".join(map(str, range(30))), {}, f'no column "email"; the columns are: a{LISTED}, …', "columns"),
        ("name,e-mail", {"email": "mail"}, 'no column "mail"; the columns are: name, e-mail', '{ email = "e-mail" }'),
        ("email", {"name": "Full Name"}, 'no column "full_name"; the columns are: email', '"name"'),
        ("email,mail", {"email": "mail"}, '"mail" is to be "email", but there is a column "email" too', '"email"'),
    ],
)
def test_a_missing_column_ends_it(
    tmp_path: Path, header: str, columns: dict[str, str], message: str, hint: str
) -> None:
    """Without the columns that are needed nothing is read; the error names those that there are."""
    with pytest.raises(ContentError) as caught:
        contacts_of(tmp_path, f"{header}\n", columns=columns)

    problem = caught.value.problem
    assert (problem.code, problem.where, problem.message) == ("E19", "list.csv", message)
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("row", "code", "message", "address"),
    [
        (",A,,", "E10", 'no address in column "email"', ""),
        (";,A,,", "E10", 'no address in column "email"', ""),
        ("minister@state,A,,", "E10", 'column "email": "minister@state": the part', ""),
        ("a@b.example,A,nobody,", "E10", 'column "cc": "nobody": ', "a@b.example"),
        ("a@b.example,A,,x@y", "E10", 'column "bcc": "x@y": ', "a@b.example"),
        ("a@b.example; c@d.example,A,,", "E23", '2 addresses in column "email"', "a@b.example"),
        ("a@b.example,A,A@B.example,", "E12", "A@b.example stands in this row twice", "A@b.example"),
        ("a@b.example,A,c@d.example,c@D.example", "E12", "c@d.example stands in this row twice", "c@d.example"),
        ('a@b.example,"A\nBcc: x@y.example",,', "E08", 'column "name": it holds a line break (U+000A)', "a@b.example"),
        ("a@b.example,A\x1bB,,", "E08", 'column "name": it holds a control character (U+001B)', "a@b.example"),
        ("a@b.example,A\u2028B,,", "E08", 'column "name": it holds a line break (U+2028)', "a@b.example"),
        ('"a@b.example\r\nBcc: x@y.example",A,,', "E08", 'column "email": "Bcc: x@y.example"', ""),
        ("a\x85@b.example,A,,", "E08", 'column "email": "a<U+0085>@b.example": it holds', ""),
        ("a@b.example,A,N\x07 <c@d.example>,", "E08", 'column "cc": ', "a@b.example"),
    ],
)
def test_a_bad_row_is_a_problem(tmp_path: Path, row: str, code: str, message: str, address: str) -> None:
    """What is wrong with a row is told with its code, place and address, and the next row is read."""
    problem, good = contacts_of(tmp_path, f"email,name,cc,bcc\n{row}\nlast@b.example,Z,,\n")

    assert isinstance(problem, Problem)
    assert (problem.code, problem.where, problem.address) == (code, "list.csv:2", address)
    assert problem.message.startswith(message)
    assert problem.message.isprintable()
    assert isinstance(good, Contact)


def test_a_problem_names_the_column_of_the_list(tmp_path: Path) -> None:
    """A problem is told with the name that the column has in the list."""
    problem = problem_of(tmp_path, "이메일,x\n,1\n", columns={"email": "이메일"})

    assert problem.message == 'no address in column "이메일"'


def test_several_addresses_together_are_one_contact(tmp_path: Path) -> None:
    """Written to together, they are the To of one letter, known by the first."""
    contact = contact_of(tmp_path, "email,name\na@b.example; C <c@d.example>,Office\n", several_addresses="together")

    assert [(to.name, to.address) for to in contact.to] == [("Office", "a@b.example"), ("C", "c@d.example")]
    assert (contact.key, contact.fields["email"]) == ("a@b.example", "a@b.example, c@d.example")


@pytest.mark.parametrize(
    ("given_id", "keys"),
    [("", ["a@b.example", "c@d.example"]), ("7", ["7/a@b.example", "7/c@d.example"])],
)
def test_several_addresses_separately_are_a_contact_each(tmp_path: Path, given_id: str, keys: list[str]) -> None:
    """Written to separately, each has a letter, its own key and its own address among the fields."""
    contacts = contacts_of(
        tmp_path, f'id,email\n{given_id},"a@b.example, c@d.example"\n', several_addresses="separately"
    )

    assert [contact.key for contact in contacts if isinstance(contact, Contact)] == keys
    assert [(contact.row, contact.fields["email"]) for contact in contacts if isinstance(contact, Contact)] == [
        (2, "a@b.example"),
        (2, "c@d.example"),
    ]


def test_a_row_with_one_address_has_its_plain_id_either_way(tmp_path: Path) -> None:
    """An id is a key as it is where the cell has one address, also under "separately"."""
    assert contact_of(tmp_path, "id,email\n7,a@b.example\n", several_addresses="separately").key == "7"


def test_a_row_that_repeats_an_address_is_refused_separately_too(tmp_path: Path) -> None:
    """Nobody gets two letters because one cell holds an address twice."""
    problem = problem_of(tmp_path, "email\na@b.example;A@b.example\n", several_addresses="separately")

    assert problem.code == "E12"


def test_reads_a_sheet_of_a_workbook(tmp_path: Path) -> None:
    """Problems of a sheet are placed with the file as the settings write it."""
    rows = [["Email", "Name"], ["a@b.example", "A"], ["b@c", "B"]]
    (tmp_path / "x.xlsx").write_bytes(workbook(("S", []), ("T", rows)))

    contact, problem = read_contacts(tmp_path, ContactsOptions(file="x.xlsx#T"))

    assert isinstance(contact, Contact)
    assert isinstance(problem, Problem)
    assert (contact.row, problem.where) == (2, "x.xlsx#T:3")


def test_json_lines_may_lack_what_is_not_needed(tmp_path: Path) -> None:
    """In JSON Lines a contact has the fields that its own line has."""
    (tmp_path / "x.jsonl").write_text(
        '{"Mail": "a@b.example", "n": "A"}\n{"mail": "c@d.example", "email": "x"}\n{"n": "E"}\n{\n'
    )

    first, second, *problems = read_contacts(
        tmp_path, ContactsOptions(file="x.jsonl", columns={"email": "mail", "name": "n"})
    )

    assert isinstance(first, Contact)
    assert first.to[0].name == "A"
    assert isinstance(second, Contact)
    assert second.fields == {"mail": "c@d.example", "email": "c@d.example"}
    assert [(p.code, p.where) for p in problems if isinstance(p, Problem)] == [
        ("E10", "x.jsonl:3"),
        ("E19", "x.jsonl:4"),
    ]


def test_json_lines_need_the_address_in_the_first(tmp_path: Path) -> None:
    """A first line without an address column tells that the list is of another kind."""
    (tmp_path / "x.jsonl").write_text('{"mail": "a@b.example"}\n')

    with pytest.raises(ContentError, match='no column "email"; the columns are: mail'):
        next(read_contacts(tmp_path, ContactsOptions(file="x.jsonl")))


def test_a_json_list_without_lines_is_empty(tmp_path: Path) -> None:
    """No lines are no contacts."""
    (tmp_path / "x.jsonl").write_text("")

    assert list(read_contacts(tmp_path, ContactsOptions(file="x.jsonl"))) == []


def test_a_missing_file_is_a_wrong_setting(tmp_path: Path) -> None:
    """A list that is not there is told as it is written in the settings."""
    with pytest.raises(SettingsError) as caught:
        next(read_contacts(tmp_path, ContactsOptions(file="contacts/x.xlsx#S")))

    assert caught.value.what == "contacts/x.xlsx: no such file"
    assert "[contacts]" in caught.value.remedy


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    """A folder or a named pipe is not opened."""
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")

    for name in ("folder.csv", "pipe.csv"):
        with pytest.raises(SettingsError, match="not a plain file"):
            next(read_contacts(tmp_path, ContactsOptions(file=name)))


def test_read_rows_gives_the_rows_as_they_are(tmp_path: Path) -> None:
    """Rows can be read without any meaning given to their columns."""
    (tmp_path / "a#b.csv").write_bytes("A B,c\n1,김\n".encode("cp949"))

    assert list(read_rows(tmp_path / "a#b.csv", shown="a#b.csv", encoding="cp949")) == [Row(2, {"a_b": "1", "c": "김"})]
