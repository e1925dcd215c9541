"""Prizes as sites write them: `$<span data-currency-value>138,000</span>`, "$25 000 USD", "₹ 5,498"."""

import html
import re
from decimal import Decimal, InvalidOperation
from typing import Final

from bot.domain.events import one_line
from bot.domain.hackathons import Prize

_MOST: Final = Decimal(10) ** 12  # beyond it somebody is joking

_CODES: Final = (
    "USD", "EUR", "GBP", "CAD", "AUD", "NZD", "SGD", "HKD", "CHF", "INR", "PKR", "BDT", "LKR", "NPR",
    "JPY", "CNY", "KRW", "TWD", "BRL", "MXN", "ARS", "CLP", "COP", "PEN", "AED", "SAR", "QAR", "EGP",
    "ZAR", "NGN", "KES", "GHS", "UGX", "TZS", "RWF", "XOF", "XAF", "MAD", "TND", "TRY", "PLN", "SEK",
    "NOK", "DKK", "CZK", "HUF", "RON", "UAH", "IDR", "MYR", "PHP", "VND", "THB", "ILS",
)  # fmt: skip

# The longer ones first: "CA$" is no "$".
_SIGNS: Final = {
    "US$": "USD",
    "CA$": "CAD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "NT$": "TWD",
    "MX$": "MXN",
    "C$": "CAD",
    "A$": "AUD",
    "S$": "SGD",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "¥": "JPY",
    "₩": "KRW",
    "₦": "NGN",
    "₺": "TRY",
    "₫": "VND",
    "₱": "PHP",
    "₴": "UAH",
    "₪": "ILS",
    "฿": "THB",
    "৳": "BDT",
    "RS.": "INR",
    "RS": "INR",
    "RM": "MYR",
    "ZŁ": "PLN",
}

_CODE = re.compile(rf"(?<![A-Z])(?:{'|'.join(_CODES)})(?![A-Z])")
_AMOUNT = re.compile(r"([0-9][0-9., ]*)\s*(K|M|MILLION|THOUSAND|LAKHS?|CRORES?)?(?![A-Z0-9])")
_TIMES: Final = {
    "K": 1000,
    "THOUSAND": 1000,
    "M": 10**6,
    "MILLION": 10**6,
    "LAKH": 10**5,
    "LAKHS": 10**5,
    "CRORE": 10**7,
    "CRORES": 10**7,
}


def parse_prize(text: str | None) -> Prize | None:
    """Return what can be won, or None where nothing is, or nothing that is an amount of money.

    A bare $ is taken for US dollars, as Devpost and Zindi mean it; a code such as CAD says otherwise.
    """
    shown = one_line(html.unescape(re.sub(r"<[^<>]{0,200}>", "", (text or "")[:500])), 100)
    # one_line has made every kind of space a plain one; a code may stand right beside its sign: "$CAD".
    plain = shown.upper()
    currency = _currency(plain)
    found = _AMOUNT.search(_CODE.sub(" ", plain))
    if currency is None or found is None:
        return None
    amount = _number(found[1])
    if amount is None:
        return None
    amount *= _TIMES.get(found[2] or "", 1)
    return Prize(amount, currency, shown) if 0 < amount <= _MOST else None


def _currency(plain: str) -> str | None:
    if code := _CODE.search(plain):
        return code[0]
    return next((currency for sign, currency in _SIGNS.items() if sign in plain), None)


def _number(text: str) -> Decimal | None:
    """Read digits with separators: "1,35,000", "25 000", "1.250,50", "1 250.5"."""
    digits = text.replace(" ", "").rstrip(".,")
    cents = re.search(r"[.,]([0-9]{1,2})$", digits)
    # One or two digits after the last mark are cents; three are thousands, in either way of writing.
    whole = digits[: cents.start()] if cents else digits
    try:
        return Decimal(f"{re.sub('[.,]', '', whole)}.{cents[1] if cents else '0'}").normalize() + 0
    except InvalidOperation:
        return None
