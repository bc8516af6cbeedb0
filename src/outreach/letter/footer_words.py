"""The words of the footer, in each language that the package speaks: why we write, how to reach us, how to get off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FooterWords:
    """The footer's words in one language."""

    reasons: Mapping[str, str]  # by purpose
    contact: str  # a pattern with {}
    unsubscribe: str  # the label of the link


_WORDS = {
    "en": FooterWords(
        {
            "advocacy": "We write to you because of the office that you hold.",
            "press": "We write to you because you work for the press.",
            "subscribed": "You receive this because you subscribed to it.",
            "fundraising": "You receive this because you supported our work, or asked to hear from us.",
            "commercial": "You receive this because you agreed to hear from us.",
        },
        "Contact: {}",
        "Unsubscribe",
    ),
    "ko": FooterWords(
        {
            "advocacy": "귀하께서 맡고 계신 직무와 관련하여 이 글을 드립니다.",
            "press": "언론에 종사하시는 분께 이 글을 드립니다.",
            "subscribed": "구독을 신청하신 분께 보내 드리는 메일입니다.",
            "fundraising": "저희 활동을 후원해 주셨거나 소식을 받기로 하신 분께 보내 드리는 메일입니다.",
            "commercial": "수신에 동의하신 분께 보내 드리는 메일입니다.",
        },
        "연락처: {}",
        "수신 거부",
    ),
    "fr": FooterWords(
        {
            "advocacy": "Nous vous écrivons en raison de vos fonctions.",
            "press": "Nous vous écrivons parce que vous travaillez pour la presse.",
            "subscribed": "Vous recevez ce message parce que vous y êtes abonné(e).",
            "fundraising": "Vous recevez ce message parce que vous avez soutenu notre action "
            "ou demandé à recevoir de nos nouvelles.",
            "commercial": "Vous recevez ce message parce que vous avez accepté de recevoir de nos nouvelles.",
        },
        "Contact\N{NO-BREAK SPACE}: {}",
        "Se désabonner",
    ),
    "de": FooterWords(
        {
            "advocacy": "Wir schreiben Ihnen wegen des Amtes, das Sie innehaben.",
            "press": "Wir schreiben Ihnen, weil Sie für die Presse arbeiten.",
            "subscribed": "Sie erhalten diese Nachricht, weil Sie sie abonniert haben.",
            "fundraising": "Sie erhalten diese Nachricht, weil Sie unsere Arbeit unterstützt haben "
            "oder von uns hören wollten.",
            "commercial": "Sie erhalten diese Nachricht, weil Sie zugestimmt haben, von uns zu hören.",
        },
        "Kontakt: {}",
        "Abbestellen",
    ),
    "es": FooterWords(
        {
            "advocacy": "Le escribimos por el cargo que ocupa.",
            "press": "Le escribimos porque trabaja en la prensa.",
            "subscribed": "Recibe este mensaje porque se suscribió a él.",
            "fundraising": "Recibe este mensaje porque apoyó nuestra labor o pidió recibir noticias nuestras.",
            "commercial": "Recibe este mensaje porque aceptó recibir noticias nuestras.",
        },
        "Contacto: {}",
        "Darse de baja",
    ),
    "ar": FooterWords(
        {
            "advocacy": "نكتب إليكم بحكم المنصب الذي تشغلونه.",
            "press": "نكتب إليكم بحكم عملكم في الصحافة.",
            "subscribed": "تصلكم هذه الرسالة لأنكم اشتركتم فيها.",
            "fundraising": "تصلكم هذه الرسالة لأنكم دعمتم عملنا أو طلبتم تلقي أخبارنا.",
            "commercial": "تصلكم هذه الرسالة لأنكم وافقتم على تلقي أخبارنا.",
        },
        "للتواصل: {}",
        "إلغاء الاشتراك",
    ),
}


def footer_words(lang: str) -> FooterWords:
    """The words in the language of a tag such as `pt-BR`; in English where there are none in it."""
    return _WORDS.get(lang.partition("-")[0].lower(), _WORDS["en"])
