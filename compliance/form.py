"""Model Form B-1 (12 CFR part 1006, appendix B): its sentences in order, in English and Spanish, and the form filled in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from compliance.notice import Notice, check
from core.money import dollars

Form = dict[str, Any]
"""The filled form in its parts, as JSON: what the letter is set from, the e-mail is written from and the message keeps."""

ENGLISH = {
    "to": "To:",
    "reference": "Reference:",
    "is_collector": "{collector} is a debt collector.",
    "purpose": "We are trying to collect a debt that you owe to {current_creditor}. We will use any information you give us to help "
    "collect the debt.",
    "purpose_estate": "We are trying to collect a debt that {estate_of} owed to {current_creditor}. We will use any information you "
    "give us to help collect the debt.",
    "shows": "Our information shows:",
    "had": "You had {thing} from {original_creditor} with account number {account_number}.",
    "had_estate": "{estate_of} had {thing} from {original_creditor} with account number {account_number}.",
    "as_of": "As of {itemization_on}, you owed:",
    "as_of_estate": "As of {itemization_on}, {estate_of} owed:",
    "between": "Between {itemization_on} and today:",
    "interest": "You were charged this amount in interest:",
    "interest_estate": "This amount was charged in interest:",
    "fees": "You were charged this amount in fees:",
    "fees_estate": "This amount was charged in fees:",
    "paid": "You paid or were credited this amount toward the debt:",
    "paid_estate": "This amount was paid or credited toward the debt:",
    "total": "Total amount of the debt now:",
    "reverse": "Notice:",
    "see_reverse": "See reverse side for important information.",
    "can_dispute": "How can you dispute the debt?",
    "call_or_write": "Call or write to us by {ends_on}, to dispute all or part of the debt.",
    "assume": "If you do not, we will assume that our information is correct.",
    "if_you_write": "If you write to us by {ends_on},",
    "must_stop": "we must stop collection on any amount you dispute until we send you information that shows you owe the debt. You may "
    "use the form below or write to us without the form. You may also include supporting documents.",
    "dispute_online": "We accept disputes electronically at {dispute_url}.",
    "else": "What else can you do?",
    "write_for_creditor": "Write to ask for the name and address of the original creditor, if different from the current creditor.",
    "must_stop_for_creditor": "If you write by {ends_on}, we must stop collection until we send you that information. You may use the "
    "form below or write to us without the form.",
    "creditor_online": "We accept such requests electronically at {dispute_url}.",
    "cfpb": "Go to www.cfpb.gov/debt-collection to learn more about your rights under federal law.",
    "cfpb_instance": "For instance, you have the right to stop or limit how we contact you.",
    "options": "Contact us about your payment options.",
    "other_language": "Póngase en contacto con nosotros para solicitar una copia de este formulario en español.",
    "mail_to": "Mail this form to:",
    "respond": "How do you want to respond?",
    "check_all": "Check all that apply:",
    "want_dispute": "I want to dispute the debt because I think:",
    "not_mine": "This is not my debt.",
    "wrong_amount": "The amount is wrong.",
    "other": "Other (please describe on reverse or attach additional information).",
    "want_creditor": "I want you to send me the name and address of the original creditor.",
    "enclosed": "I enclosed this amount:",
    "payable": "Make your check payable to {collector}. Include the reference number {reference}.",
    "want_language": "Quiero este formulario en español.",
}
SPANISH = {
    "to": "Para:",
    "reference": "Referencia:",
    "is_collector": "{collector} es un cobrador de deudas.",
    "purpose": "Estamos tratando de cobrar una deuda que usted le debe a {current_creditor}. Usaremos la información que usted nos dé "
    "para ayudarnos a cobrar la deuda.",
    "purpose_estate": "Estamos tratando de cobrar una deuda que {estate_of} le debía a {current_creditor}. Usaremos la información que "
    "usted nos dé para ayudarnos a cobrar la deuda.",
    "shows": "Nuestra información muestra lo siguiente:",
    "had": "Usted tenía {thing} de {original_creditor} con el número de cuenta {account_number}.",
    "had_estate": "{estate_of} tenía {thing} de {original_creditor} con el número de cuenta {account_number}.",
    "as_of": "Al {itemization_on}, usted debía:",
    "as_of_estate": "Al {itemization_on}, {estate_of} debía:",
    "between": "Entre el {itemization_on} y hoy:",
    "interest": "Se le cobró esta cantidad en intereses:",
    "interest_estate": "Se cobró esta cantidad en intereses:",
    "fees": "Se le cobró esta cantidad en cargos:",
    "fees_estate": "Se cobró esta cantidad en cargos:",
    "paid": "Usted pagó o se le acreditó esta cantidad para la deuda:",
    "paid_estate": "Se pagó o se acreditó esta cantidad para la deuda:",
    "total": "Cantidad total de la deuda ahora:",
    "reverse": "Aviso:",
    "see_reverse": "Vea al reverso información importante.",
    "can_dispute": "¿Cómo puede disputar la deuda?",
    "call_or_write": "Llámenos o escríbanos a más tardar el {ends_on} para disputar toda la deuda o una parte de ella.",
    "assume": "Si no lo hace, supondremos que nuestra información es correcta.",
    "if_you_write": "Si nos escribe a más tardar el {ends_on},",
    "must_stop": "tenemos que dejar de cobrar toda cantidad que usted dispute hasta que le enviemos información que muestre que usted "
    "debe la deuda. Puede usar el formulario de abajo o escribirnos sin el formulario. También puede incluir documentos que lo apoyen.",
    "dispute_online": "Aceptamos disputas por vía electrónica en {dispute_url}.",
    "else": "¿Qué más puede hacer?",
    "write_for_creditor": "Escriba para pedir el nombre y la dirección del acreedor original, si es distinto del acreedor actual.",
    "must_stop_for_creditor": "Si nos escribe a más tardar el {ends_on}, tenemos que dejar de cobrar hasta que le enviemos esa "
    "información. Puede usar el formulario de abajo o escribirnos sin el formulario.",
    "creditor_online": "Aceptamos tales solicitudes por vía electrónica en {dispute_url}.",
    "cfpb": "Visite www.cfpb.gov/debt-collection para conocer mejor sus derechos según la ley federal.",
    "cfpb_instance": "Por ejemplo, usted tiene derecho a impedir o limitar la forma en que nos comunicamos con usted.",
    "options": "Póngase en contacto con nosotros para conocer sus opciones de pago.",
    "mail_to": "Envíe este formulario a:",
    "respond": "¿Cómo desea responder?",
    "check_all": "Marque todo lo que corresponda:",
    "want_dispute": "Quiero disputar la deuda porque creo que:",
    "not_mine": "Esta deuda no es mía.",
    "wrong_amount": "La cantidad es incorrecta.",
    "other": "Otro motivo (descríbalo al reverso o adjunte información adicional).",
    "want_creditor": "Quiero que me envíen el nombre y la dirección del acreedor original.",
    "enclosed": "Incluí esta cantidad:",
    "payable": "Haga su cheque a nombre de {collector}. Incluya el número de referencia {reference}.",
}  # fmt: skip
SENTENCES: dict[str, Mapping[str, str]] = {"en": ENGLISH, "es": SPANISH}
THINGS = {
    "en": {
        "card": "credit card", "loan": "loan", "medical": "medical account", "utility": "utility account",
        "telecom": "telephone account", "rent": "rental account", "student": "student loan", "auto": "auto loan",
        "other": "account",
    },
    "es": {
        "card": "una tarjeta de crédito", "loan": "un préstamo", "medical": "una cuenta médica",
        "utility": "una cuenta de servicios públicos", "telecom": "una cuenta de teléfono", "rent": "una cuenta de alquiler",
        "student": "un préstamo estudiantil", "auto": "un préstamo de automóvil", "other": "una cuenta",
    },
}  # fmt: skip
ENDING = {"en": "ending in", "es": "que termina en"}
SPANISH_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip


def fill(notice: Notice, language: str) -> Form:
    """The form of a notice that holds everything the law asks for. Raises NoticeRefused."""
    sentences = SENTENCES[language]
    check(notice, sentences)
    say = _Sayer(notice, language)
    return {
        "language": language,
        "date": long_date(notice.sent_on, language),
        "collector": {"name": notice.collector, "address": [*notice.collector_address], "phone": notice.phone, "hours": notice.hours},
        "to": [say("to"), notice.consumer, *_for_estate(notice, language), *notice.consumer_address],
        "reference": f"{say('reference')} {notice.reference}" if notice.reference else "",
        "lead": [say("is_collector"), say("purpose")],
        "shows": _shows(notice, say),
        "dispute": {
            "title": say("can_dispute"),
            "says": [
                [say("call_or_write"), say("assume")],
                [say("if_you_write"), _with(say("must_stop"), say, "dispute_online")],
            ],
        },
        "else": {"title": say("else"), "says": _else(notice, say)},
        "tear_off": _tear_off(notice, say),
        "reverse": {"mark": say("reverse"), "says": say("see_reverse"), "text": []},
    }  # fmt: skip


class _Sayer:
    """Sentences with the values of one notice in them; of an estate where there is such a sentence."""

    def __init__(self, notice: Notice, language: str) -> None:
        self.notice, self.sentences = notice, SENTENCES[language]
        self.values = {
            **{name: getattr(notice, name) for name in ("collector", "current_creditor", "dispute_url", "reference", "estate_of")},
            "account_number": shown_number(notice.account_number, language),
            "thing": _thing(notice, language),
            "itemization_on": long_date(notice.itemization_on, language),
            "ends_on": long_date(notice.ends_on, language),
            "original_creditor": notice.original_creditor or notice.current_creditor,
        }  # fmt: skip

    def __call__(self, name: str) -> str:
        of_estate = f"{name}_estate"
        name = of_estate if self.notice.estate_of and of_estate in self.sentences else name
        return self.sentences.get(name, "").format(**self.values)


def _thing(notice: Notice, language: str) -> str:
    """A Main Street Department Store credit card; in Spanish the brand follows."""
    things = THINGS[language]
    thing = things.get(notice.debt_type, things["other"])
    if language == "es":
        return f"{thing} {notice.merchant_brand}".strip()
    named = f"{notice.merchant_brand} {thing}".strip()
    return f"{'an' if named[:1].lower() in 'aeio' else 'a'} {named}"


def shown_number(number: str, language: str) -> str:
    """Cut to its last four where it has the length of a card's number (1006.34(c)(2)(iv))."""
    digits = [char for char in number if char.isdigit()]
    if not 13 <= len(digits) <= 19 or len(number) > 24:
        return number
    return f"{ENDING[language]} {''.join(digits[-4:])}"


@lru_cache(maxsize=4_096)
def long_date(day: date | None, language: str = "en") -> str:
    if day is None:
        return ""
    if language == "es":
        return f"{day.day} de {SPANISH_MONTHS[day.month - 1]} de {day.year}"
    return f"{day:%B} {day.day}, {day.year}"


def _for_estate(notice: Notice, language: str) -> list[str]:
    if not notice.estate_of:
        return []
    return [f"{'para la sucesión de' if language == 'es' else 'for the estate of'} {notice.estate_of}"]


def _with(text: str, say: _Sayer, online: str) -> str:
    return f"{text} {say(online)}" if say.notice.dispute_url else text


def _shows(notice: Notice, say: _Sayer) -> Form:
    payments, credits_ = notice.payments or Decimal(0), notice.credits or Decimal(0)
    return {
        "title": say("shows"),
        "had": say("had"),
        "rows": [
            [say("as_of"), "", _amount(notice.itemization_balance)],
            [say("between"), "", ""],
            [say("interest"), "+", _amount(notice.interest)],
            [say("fees"), "+", _amount(notice.fees)],
            [say("paid"), "–", _amount(payments + credits_)],
        ],
        "total": [say("total"), _amount(notice.balance)],
    }


def _amount(amount: Decimal | None) -> str:
    return dollars(amount or Decimal("0.00"))


def _else(notice: Notice, say: _Sayer) -> list[list[str]]:
    says = [[say("write_for_creditor"), _with(say("must_stop_for_creditor"), say, "creditor_online")]]
    if notice.is_financial:
        says.append([say("cfpb"), say("cfpb_instance")])
    says.append(["", say("options")])
    return [*says, *(["", text] for text in [say("other_language")] if text)]


def _tear_off(notice: Notice, say: _Sayer) -> Form:
    return {
        "mail_to": say("mail_to"),
        "collector": [notice.collector, *notice.collector_address],
        "consumer": [notice.consumer, *notice.consumer_address],
        "respond": say("respond"),
        "check_all": say("check_all"),
        "want_dispute": say("want_dispute"),
        "because": [say("not_mine"), say("wrong_amount"), say("other")],
        "want_creditor": say("want_creditor"),
        "enclosed": say("enclosed"),
        "payable": say("payable"),
        "want_language": say("want_language"),
    }


def plain(form: Form) -> str:
    """The form as text, its parts in their order: what an e-mail says and what the file shows of a letter."""
    return "\n\n".join(part for part in _parts(form) if part)


def _parts(form: Form) -> Iterator[str]:
    us, shows, tear_off = form["collector"], form["shows"], form["tear_off"]
    yield "\n".join(line for line in (us["name"], *us["address"], us["phone"], us["hours"]) if line)
    yield "\n".join(line for line in (*form["to"], form["reference"]) if line)
    yield " ".join(form["lead"])
    yield "\n".join((shows["title"], shows["had"]))
    yield "\n".join(
        [" ".join(word for word in row if word) for row in shows["rows"]] + [" ".join(shows["total"])]
    )
    for part in (form["dispute"], form["else"]):
        yield part["title"]
        yield from (" ".join(word for word in words if word) for words in part["says"])
    yield "- - - - -"
    yield "\n".join((tear_off["mail_to"], *tear_off["collector"]))
    yield "\n".join(tear_off["consumer"])
    yield "\n".join((tear_off["respond"], tear_off["check_all"]))
    yield "\n".join(f"[ ] {text}" for text in (tear_off["want_dispute"], *tear_off["because"]))
    yield f"[ ] {tear_off['want_creditor']}"
    yield f"[ ] {tear_off['enclosed']} $ __________ {tear_off['payable']}"
    yield f"[ ] {tear_off['want_language']}" if tear_off["want_language"] else ""
    if "translation" in form:
        yield from _parts(form["translation"])
