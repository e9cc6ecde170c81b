# ruff: noqa: RUF001 - names are written in their own letters
"""Invented people for the demo: names in many scripts, the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hsl_tui.store.intake import Arrival


@dataclass(frozen=True, slots=True)
class _Names:
    language: str
    weight: int
    first: str
    last: str


_NAMES: Final = (
    _Names(
        "en",
        14,
        "Alice Ben Chloe Daniel Emma Finn Grace Harry Isla Jack Kate Liam Maya Noah Olivia Peter",
        "Abbott Barnes Carter Dawson Ellis Fletcher Grant Hughes Irving Jensen Knight Lawson",
    ),
    _Names(
        "de",
        10,
        "Anton Britta Clemens Dörte Emil Frieda Günter Hanna Jörg Käthe Lukas Mathilde Sören",
        "Albrecht Böhm Dörfler Engelhardt Fuchs Groß Hübner Jäger Köhler Müller Schäfer Weiß",
    ),
    _Names(
        "es",
        8,
        "Álvaro Begoña Carlos Dolores Estefanía Íñigo Jimena Lucía Martín Núria Óscar Pilar",
        "Álvarez Cabañas Domínguez Echeverría Fernández Ibáñez Muñoz Núñez Peña Rodríguez",
    ),
    _Names(
        "fr",
        5,
        "Adèle Benoît Céline Désiré Éloïse François Gaëlle Hélène Loïc Maëlle Noémie Zoé",
        "Aubert Béranger Chevalier Delcourt Lefèvre Moreau Périer Rousseau Sévigné Vidal",
    ),
    _Names(
        "pl",
        4,
        "Agnieszka Błażej Grażyna Jędrzej Łucja Małgorzata Paweł Stanisław Wojciech Żaneta",
        "Dąbrowski Górska Jabłoński Kowalczyk Łukasik Nowak Pająk Szymański Wójcik Zieliński",
    ),
    _Names(
        "tr",
        4,
        "Ayşe Barış Çağla Doğan Elif Gülşen Işıl İbrahim Kağan Özlem Şule Ümit Yağmur",
        "Aydın Çelik Doğru Güneş Işık Kılıç Öztürk Şahin Ünal Yıldız",
    ),
    _Names(
        "vi",
        3,
        "An Bình Châu Dũng Giang Hằng Khánh Linh Minh Ngọc Phương Quỳnh Thảo Vy",
        "Bùi Đặng Đỗ Hoàng Huỳnh Lê Lý Nguyễn Phạm Trần Võ",
    ),
    _Names(
        "ru",
        10,
        "Алексей Борис Вера Галина Дмитрий Елена Жанна Зоя Иван Ксения Людмила Михаил Юлия",
        "Белов Волкова Громов Егорова Жуков Кузнецов Лебедева Морозов Орлова Соколов Щербаков",
    ),
    _Names(
        "uk",
        4,
        "Андрій Богдана Василь Ганна Євген Ірина Ілля Катерина Леся Мирослав Оксана Тарас",
        "Бондаренко Гнатюк Єфименко Коваленко Лисенко Мельник Олійник Савченко Шевчук",
    ),
    _Names(
        "el",
        3,
        "Αλέξανδρος Βασιλική Γιώργος Δήμητρα Ελένη Θεόδωρος Ιωάννα Κώστας Μαρία Χρήστος",
        "Αντωνίου Βλάχος Γεωργίου Δημητρίου Καραγιάννης Νικολάου Παπαδόπουλος Σταύρου",
    ),
    _Names(
        "ar",
        6,
        "أحمد أمينة بلال جميلة حسن خديجة رشيد سلمى طارق عائشة فاطمة كريم ليلى محمود ياسمين",
        "الأحمد البغدادي الحسن الخطيب الزهراني الشامي القاسم المصري النجار حداد",
    ),
    _Names(
        "fa",
        3,
        "آرش بهار پرویز ترانه داریوش رویا سهراب شیرین کاوه مینا",
        "احمدی تهرانی رضایی کریمی موسوی نوری",
    ),
    _Names("he", 2, "אבי דנה יוסף יעל מיכל נועם רחל שירה תמר", "ברק גולן כהן לוי מזרחי פרץ שלום"),
    _Names(
        "hi",
        4,
        "अमित अनीता कविता गीता दीपक नेहा प्रिया मोहन रवि सुनीता",
        "अग्रवाल कुमार गुप्ता जोशी पटेल वर्मा शर्मा सिंह",
    ),
    _Names(
        "zh", 5, "伟 芳 娜 敏 静 强 磊 洋 艳 勇 杰 思远 雨桐 子涵", "王 李 张 刘 陈 杨 黄 赵 周 吴"
    ),
    _Names(
        "ja",
        4,
        "葵 陽菜 蓮 結衣 大翔 さくら 美咲 健太 翔太 ひなた",
        "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村",
    ),
    _Names("ko", 3, "민준 서연 도윤 지우 하은 예준 수아 지호 유진 현우", "김 이 박 최 정 강 조 윤"),
    _Names("th", 2, "กมล จินดา ชัยวัฒน์ นภา พิมพ์ มาลี วิชัย สมชาย สุดา", "แก้วมณี ใจดี ทองดี ศรีสุข สุวรรณ"),
    _Names(
        "ka",
        1,
        "ანა გიორგი ეკა ლევანი მარიამი ნინო თამარი ზურაბი",
        "ბერიძე გელაშვილი კაპანაძე მაისურაძე",
    ),
    _Names("am", 1, "አበበ ሰላም ብርሃኑ ሕይወት ዳዊት ማርታ", "ተስፋዬ ከበደ ኃይሌ ወልዴ"),
)

_QUALITIES: Final = (
    "brave calm clever early gentle happy kind late lucky merry quiet swift tiny wise"
)
_CREATURES: Final = "badger crane finch fox heron lynx marten newt otter owl raven seal stoat wren"
_COURSES: Final = (
    "Linear Algebra",
    "Organic Chemistry",
    "Medieval History",
    "Operating Systems",
    "Music Theory",
    "Marine Biology",
    "Logic & Proof",
)
_CITIES: Final = ("Lisboa", "Kraków", "Göteborg", "Tbilisi", "Nairobi", "Kyoto", "Montréal")
_FIRST_CHAT_ID: Final = 300_000_000
_CHAT_ID_STEP: Final = 2_311
_PILOT_EVERY: Final = 13
_PILOT_UP_TO: Final = 2000
"""So that what is sent to the pilot group is soon sent, however many people there are."""


def invent_people(number: int, *, seed: int = 1) -> Iterator[Arrival]:
    """So many people, each with a chat id of its own; who is nth does not depend on ``number``."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret hangs on it
    weights = [names.weight for names in _NAMES]
    for place in range(number):
        (names,) = chance.choices(_NAMES, weights)
        start = _FIRST_CHAT_ID + place * _CHAT_ID_STEP
        chat_id = start + chance.randrange(_CHAT_ID_STEP)
        tags = {"pilot"} if place % _PILOT_EVERY == 0 and place < _PILOT_UP_TO else set()
        yield _person(chance, chat_id, names, tags)


def _person(chance: random.Random, chat_id: int, names: _Names, tags: set[str]) -> Arrival:
    attributes = {}
    if chance.random() < 0.45:  # noqa: PLR2004 - shares, here and below
        tags.add("students")
        attributes["course"] = chance.choice(_COURSES)
    elif chance.random() < 0.1:  # noqa: PLR2004
        tags.add("staff")
    elif chance.random() < 0.4:  # noqa: PLR2004
        tags.add("alumni")
    if chance.random() < 0.25:  # noqa: PLR2004
        tags.add("newsletter")
    if chance.random() < 0.7:  # noqa: PLR2004
        attributes["city"] = chance.choice(_CITIES)
    return Arrival(
        chat_id,
        username=_username(chance) if chance.random() < 0.6 else None,  # noqa: PLR2004
        first_name=chance.choice(names.first.split()),
        last_name=chance.choice(names.last.split()) if chance.random() < 0.8 else None,  # noqa: PLR2004
        language_code=names.language,
        tags=frozenset(tags),
        attributes=attributes,
    )


def _username(chance: random.Random) -> str:
    quality = chance.choice(_QUALITIES.split())
    creature = chance.choice(_CREATURES.split())
    return f"{quality}_{creature}_{chance.randrange(10_000):04}"
