"""From bytes to text: the encoding that a file claims, else UTF-8; never a guess."""

from __future__ import annotations

import codecs
import re
from typing import Final

from index.errors import SourceError

# Longest first: the mark of UTF-16 LE is the beginning of UTF-32 LE's.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD: Final = 1024  # bytes within which HTML must declare its charset
_XML_CLAIM: Final = re.compile(rb"<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.I)
_META_CLAIM: Final = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
# Codecs of Python that read text and are no encodings of pages: parts of addresses, source code, mail.
_NO_CHARSETS: Final = frozenset(
    ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7")
)
_BINARY: Final = {
    b"\xd0\xcf\x11\xe0": ("an old Office file or a protected workbook", "Save it as an unprotected .xlsx."),
    b"%PDF": ("a PDF", "Export its text, or write the entries as Markdown or a spreadsheet."),
    b"PK\x03\x04": (
        "a ZIP file that is no .xlsx workbook, or a damaged one",
        "Unpack it, or save it again as .xlsx or .csv.",
    ),
    b"\x89PNG": ("an image", "Keep pictures outside the folder of FAQ files."),
    b"\xff\xd8\xff": ("an image", "Keep pictures outside the folder of FAQ files."),
    b"GIF8": ("an image", "Keep pictures outside the folder of FAQ files."),
    b"\x1f\x8b": ("a gzip archive", "Unpack it first."),
}


def decode(data: bytes, file: str, *, markup: bool = False) -> str:
    """The text of a file. markup: believe a charset that HTML or XML declares at its beginning.

    Raises SourceError with line and byte offset where a byte is not of the encoding, and where the file is
    no text.
    """
    check_kind(data, file)
    encoding, start, claimed = "utf-8", 0, 1
    for mark, name in _MARKS:
        if data.startswith(mark):
            encoding, start = name, len(mark)
            break
    else:
        if markup:
            encoding, claimed = _claimed(data[:_HEAD], file)
    try:
        text, _ = codecs.lookup(encoding).decode(data[start:], "strict")
    except UnicodeDecodeError as error:
        raise _undecodable(data, start + error.start, file, encoding) from None
    except UnicodeError:  # a codec that fails without a byte to blame is of no use
        raise _unknown(encoding, file, claimed) from None
    nul = text.find("\0")
    if nul >= 0:
        raise SourceError(
            file,
            "this is not text: it holds a NUL byte.",
            line=text.count("\n", 0, nul) + 1,
            advice="If it is UTF-16, save it as UTF-8, or with a byte order mark.",
        )
    return text


def check_kind(data: bytes, file: str) -> None:
    """Raises SourceError where the first bytes are those of a kind of file that is no text."""
    for magic, (what, advice) in _BINARY.items():
        if data.startswith(magic):
            raise SourceError(file, f"this is {what}, not text.", advice=advice)


def no_workbook(file: str) -> SourceError:
    """What to say about a file that is to be an .xlsx workbook and is not."""
    advice = "Open it in a spreadsheet program and save it as .xlsx; a text file needs another extension."
    return SourceError(file, "this is no .xlsx workbook.", advice=advice)


def _claimed(head: bytes, file: str) -> tuple[str, int]:
    """The encoding that a page says it has, and the line on which it does."""
    claim = _XML_CLAIM.search(head) or _META_CLAIM.search(head)
    if not claim:
        return "utf-8", 1
    name, line = claim[1].decode("ascii"), head.count(b"\n", 0, claim.start()) + 1
    if name.lower() in ("utf-16", "utf-16le", "utf-16be", "unicode"):
        return (
            "utf-8",
            line,
        )  # as the HTML standard has it: a claim that could be read as ASCII can't be UTF-16
    if name.lower() in ("iso-8859-1", "latin1", "us-ascii", "ascii"):
        return "cp1252", line  # as the HTML standard has it: pages that claim Latin-1 mean Windows-1252
    try:
        found = codecs.lookup(name)
    except LookupError:
        found = None
    if found is None or found.name in _NO_CHARSETS or not getattr(found, "_is_text_encoding", True):
        raise _unknown(name, file, line)
    return name, line


def _unknown(name: str, file: str, line: int) -> SourceError:
    reason = f"the file says that its encoding is {name!r}, which is unknown."
    return SourceError(file, reason, line=line, advice="Save it as UTF-8.")


def _undecodable(data: bytes, offset: int, file: str, encoding: str) -> SourceError:
    byte = f"0x{data[offset]:02x}" if offset < len(data) else "the end of the file"
    width = 4 if "32" in encoding else 2 if "16" in encoding else 1
    newline = "\n".encode(encoding) if width > 1 else b"\n"
    return SourceError(
        file,
        f"{byte} at byte offset {offset:,} is not {encoding.upper()}.",
        line=data.count(newline, 0, offset) + 1,
        advice="Save the file as UTF-8, for example with: iconv -f WINDOWS-1252 -t UTF-8.",
    )
