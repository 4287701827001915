"""The licences a seller may choose: their short names, titles and terms in a sentence or two."""

from dataclasses import dataclass

from polidat.core import Invalid

OWN_TERMS = "LicenseRef-Own"
STANDARD_LICENCE = "LicenseRef-PoliDat-Standard"


@dataclass(frozen=True)
class KnownLicence:
    """A licence by its short name; `url` leads to its full text, where there is one elsewhere."""

    code: str
    title: str
    terms: str
    url: str = ""


def _creative(code: str, title: str, path: str, terms: str) -> KnownLicence:
    return KnownLicence(code, title, terms, f"https://creativecommons.org/{path}/")


def _open_data(code: str, title: str, path: str, terms: str) -> KnownLicence:
    return KnownLicence(code, title, terms, f"https://opendatacommons.org/licenses/{path}/")


_ANYTHING = "You may do anything with the data."
_NAME_IT = "You may use, share and adapt the data, also commercially, if you name the source"
KNOWN_LICENCES = {
    each.code: each
    for each in (
        KnownLicence(
            STANDARD_LICENCE,
            "PoliDat standard licence",
            "You may use the data yourself and within your organisation, also commercially, and publish what you "
            "derive from it. You may not pass the data itself on, nor publish parts from which it can be put together "
            "again.",
        ),
        _creative("CC0-1.0", "Creative Commons Zero 1.0", "publicdomain/zero/1.0", _ANYTHING),
        _creative("CC-BY-4.0", "Creative Commons Attribution 4.0", "licenses/by/4.0", f"{_NAME_IT}."),
        _creative(
            "CC-BY-SA-4.0",
            "Creative Commons Attribution-ShareAlike 4.0",
            "licenses/by-sa/4.0",
            f"{_NAME_IT} and share what you adapt under the same licence.",
        ),
        _creative(
            "CC-BY-NC-4.0",
            "Creative Commons Attribution-NonCommercial 4.0",
            "licenses/by-nc/4.0",
            "You may use, share and adapt the data for purposes that are not commercial, if you name the source.",
        ),
        _open_data("PDDL-1.0", "Public Domain Dedication and Licence 1.0", "pddl", _ANYTHING),
        _open_data("ODC-By-1.0", "Open Data Commons Attribution 1.0", "by", f"{_NAME_IT}."),
        _open_data(
            "ODbL-1.0",
            "Open Database License 1.0",
            "odbl",
            f"{_NAME_IT} and share an adapted database under the same licence.",
        ),
        KnownLicence(
            "MIT",
            "MIT License",
            "You may do anything with the data, if you keep its copyright notice. It comes without any warranty.",
            "https://opensource.org/license/mit",
        ),
        KnownLicence(OWN_TERMS, "Terms of the seller", ""),
    )
}


def licence_name(code: str) -> str:
    """Return what people call a licence, by its short name: its title, or that the terms are the seller's own."""
    known = KNOWN_LICENCES.get(code)
    return "Own terms" if code == OWN_TERMS else known.title if known else code


def licence_text(code: str, words: str) -> str:
    """Return the whole text a buyer reads: the known terms, where to read them in full, and the seller's words.

    Raises Invalid for an unknown short name, or for the seller's own terms without any.
    """
    known = KNOWN_LICENCES.get(code)
    if known is None:
        raise Invalid(f"“{code[:60]}” is not a licence we know. Choose one of: {', '.join(KNOWN_LICENCES)}.")
    if code == OWN_TERMS and not words.strip():
        raise Invalid("Write down your own terms, or choose a known licence.")
    parts = [f"{known.title} ({code})", known.terms, f"In full: {known.url}" if known.url else "", words.strip()]
    return "\n\n".join(each for each in parts if each)
