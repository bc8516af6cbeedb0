"""Files are read from inside the campaign's folder and from nowhere else."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from outreach.errors import ContentError
from outreach.message.files import read_file_inside


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign's folder beside a file that is none of its business."""
    (tmp_path / "secret.txt").write_bytes(b"secret")
    campaign = tmp_path / "campaign"
    (campaign / "papers").mkdir(parents=True)
    (campaign / "papers" / "서한 1.pdf").write_bytes(b"%PDF")
    return campaign


def _refused(folder: Path, path: str) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read_file_inside(folder, path, what="the attachment")
    assert caught.value.problem.code == "E21"
    assert caught.value.remedy
    return caught.value


def test_a_file_inside_is_read(folder: Path) -> None:
    """Names of any language are found, by the straight way or a winding one that stays inside."""
    assert read_file_inside(folder, "papers/서한 1.pdf", what="the attachment") == b"%PDF"
    assert read_file_inside(folder, "papers/../papers/서한 1.pdf", what="the attachment") == b"%PDF"


def test_a_missing_file_is_named(folder: Path) -> None:
    """The error tells which file, and what it was meant to be."""
    error = _refused(folder, "papers/letter.pdf")

    assert error.what == "papers/letter.pdf: the attachment is missing"
    assert _refused(folder, "papers/서한 1.pdf/x").what.endswith("is missing")


@pytest.mark.parametrize("path", ["../secret.txt", "papers/../../secret.txt", "../missing.txt", "../campaign2/x"])
def test_a_way_out_is_refused(folder: Path, path: str) -> None:
    """Nothing outside is read, and no error tells whether it exists."""
    assert _refused(folder, path).what == f"{path}: the attachment is outside the campaign's folder"


def test_an_absolute_path_is_refused(folder: Path) -> None:
    """An absolute path is outside, even one that leads inside, and a Windows path on every machine."""
    for path in (str(folder / "papers" / "서한 1.pdf"), "/etc/passwd", "C:\\secret.txt", "\\\\server\\share\\x"):
        assert "outside the campaign's folder" in _refused(folder, path).what


def test_a_link_is_followed_only_inside(folder: Path) -> None:
    """A link to a file of the campaign is read, a link out of it refused, for files and folders."""
    (folder / "inner.pdf").symlink_to("papers/서한 1.pdf")
    (folder / "outer.txt").symlink_to("../secret.txt")
    (folder / "up").symlink_to("..")

    assert read_file_inside(folder, "inner.pdf", what="the attachment") == b"%PDF"
    assert "outside" in _refused(folder, "outer.txt").what
    assert "outside" in _refused(folder, "up/secret.txt").what


def test_a_folder_behind_a_link_still_counts_as_inside(folder: Path) -> None:
    """The campaign's folder itself may be reached through a link."""
    (folder.parent / "alias").symlink_to(folder)

    assert read_file_inside(folder.parent / "alias", "papers/서한 1.pdf", what="the attachment") == b"%PDF"


def test_links_in_a_circle_are_refused(folder: Path) -> None:
    """A link that leads to itself ends in words."""
    (folder / "circle").symlink_to("circle")

    assert "can't be found" in _refused(folder, "circle").what


def test_only_plain_files_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, a pipe and a socket are refused at once, without waiting for anybody."""
    os.mkfifo(folder / "pipe")
    monkeypatch.chdir(folder)  # the path of a socket may be too short for a test's whole folder
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")

        assert _refused(folder, "papers").what == "papers: the attachment is a folder"
        assert "is not a plain file" in _refused(folder, "pipe").what
        assert "can't be read" in _refused(folder, "socket").what


@pytest.mark.parametrize("path", ["", "a\x00b", "a\nb", "a\ud83db"])
def test_an_unusable_name_is_refused(folder: Path, path: str) -> None:
    """Control characters never reach the system or the terminal."""
    error = _refused(folder, path)

    assert "has no usable name" in error.what
    assert not any(character < " " or character > "~" for character in error.what)


def test_an_overlong_name_is_refused(folder: Path) -> None:
    """What the system itself refuses is told in words."""
    assert "can't be found" in _refused(folder, "x" * 5000).what


def test_the_limit_is_the_largest_size(folder: Path) -> None:
    """A file of exactly the limit is read; one more byte is too much."""
    (folder / "large.pdf").write_bytes(b"x" * 1_500_000)

    assert len(read_file_inside(folder, "large.pdf", what="the table", limit_bytes=1_500_000)) == 1_500_000
    (folder / "large.pdf").write_bytes(b"x" * 1_500_001)
    with pytest.raises(ContentError, match=r"large\.pdf: the table is larger than 1\.5 MB"):
        read_file_inside(folder, "large.pdf", what="the table", limit_bytes=1_500_000)


def test_a_path_that_is_no_path_is_told_in_short(folder: Path) -> None:
    """A cell that holds a whole text in place of a path doesn't flood the terminal."""
    assert len(str(_refused(folder, "a" * 100_000))) < 400


@pytest.mark.parametrize("kind", ["", "RSA ", "ENCRYPTED ", "OPENSSH "])
def test_a_private_key_is_never_taken_along(folder: Path, kind: str) -> None:
    """Whoever is named in the list gets what its row names, and that of everybody's key may lie in the folder."""
    (folder / "dkim.pem").write_text(f"subject=x\n-----BEGIN {kind}PRIVATE KEY-----\nMIIE\n")
    (folder / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nMIIE\n")

    assert _refused(folder, "dkim.pem").problem.message == "the attachment holds a private key"
    assert read_file_inside(folder, "ca.pem", what="the attachment")
