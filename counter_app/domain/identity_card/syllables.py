"""Which words can be Vietnamese: the measure by which a damaged text is repaired or refused.

Spelling follows the ordinary school rules of quốc ngữ: initial + rhyme + tone, where a rhyme that ends in a stop
takes only sắc or nặng, k/gh/ngh stand before e, ê, i, y, and the tone stands where the old or the new style puts it.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_TONES = "\u0300\u0309\u0303\u0301\u0323"
_STOP_TONES = "\u0301\u0323"
_MARKED = "ăâêôơ"
_VOWELS = "aăâeêioôơuưy"

_RHYME_LIST = """
    a ai ao au ay am an ang anh ap at ac ach ăm ăn ăng ăp ăt ăc âm ân âng âp ât âc âu ây
    e em en eng ep et ec eo ê êm ên ênh êp êt êch êu i ia im in inh ip it ich iu
    iêm iên iêng iêp iêt iêc iêu o oi om on ong op ot oc oong ooc
    oa oai oay oam oan oang oanh oap oat oac oach oao oăm oăn oăng oăt oăc oe oen oet oeo
    ô ôi ôm ôn ông ôp ôt ôc ơ ơi ơm ơn ơp ơt u ui um un ung up ut uc ua
    uân uâng uât uây uê uênh uêch uơ uôi uôm uôn uông uôt uôc
    uy uya uyên uyêt uynh uyu uyt uych uyn uyp ư ưi ưu ưm ưng ưt ưc ưa
    ươi ươm ươn ương ươp ươt ươc ươu y
"""
_RHYMES = frozenset(_RHYME_LIST.split())
_BARE_RHYMES = frozenset({"yêm", "yên", "yêng", "yêt", "yêu", "y"})
_QU_RHYMES = frozenset({"yên", "yêt", "ynh", "yt", "ych", "yn", "yp", "y"}) | frozenset(
    rhyme for rhyme in _RHYMES if rhyme[0] in "aăâeêiơ"
) | {"ôc"}  # fmt: skip
_ONSETS = (
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr",
    "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
)  # fmt: skip
_FRONT = "eêiy"

# Places and peoples of the highlands that official registers write with Vietnamese letters, outside the rules.
_OTHER_WORD_LIST = """
đắk đăk lắk lăk krông búk bông đray sêrêpôk sêsan chư prông păh sê pông brông glông drăng đrắk drắk niê êban ênuôl
mlô kđăm byă ksơr rơ châm rơmah hơ bhăm bkrông kbuôr rcăm đêga xơ đăng giẻ triêng brâu măm gia ê đê chăm khơ hrê
cơ tà ôi rô xtiêng chơ kơ mnông bắk nậm păng mường chiềng plông kpă lơ
"""
_OTHER_WORDS = frozenset(_OTHER_WORD_LIST.split())

_LETTERS = frozenset(unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in ("", *_TONES)) | {"đ"}
VIETNAMESE_LETTERS = _LETTERS | frozenset(letter.upper() for letter in _LETTERS)
"""Every Vietnamese vowel with every tone, and đ, in both cases; plain consonants are ASCII."""

# Letters of highland languages (Ê Đê, Gia Rai, Ba Na) in names; no wrong code page produces them.
_HIGHLAND_LETTERS = frozenset("ĕĭŏŭčƀĔĬŎŬČɃ")
_LETTERS_OF_NAMES = VIETNAMESE_LETTERS | _HIGHLAND_LETTERS

_ALLOWED_SIGNS = frozenset("’‘–—“”…")
# Two words whose space was forgotten: "xãAn".
_JOINED = re.compile(r"(?<=[^\WA-Z\d_])(?=[AEIOUY])")
_WORD = re.compile(r"[^\W\d_]+")
_CLUSTER = re.compile(f"[{_VOWELS}{''.join(sorted(_LETTERS - {'đ'}))}]+")
_CLUSTERS = frozenset(
    match.group() for rhyme in _RHYMES | _BARE_RHYMES for match in [re.match(f"[{_VOWELS}]+", rhyme)] if match
)


def _split_tone(word: str) -> tuple[str, str, int]:
    """Return the word without tone, its tone, and the index of the letter that bears it; two tones give "??"."""
    bare: list[str] = []
    tone, place = "", -1
    for index, letter in enumerate(word):
        marks = unicodedata.normalize("NFD", letter)
        found = [mark for mark in marks if mark in _TONES]
        if found:
            tone, place = (found[0] if not tone else "??"), index
        bare.append(unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES)))
    return "".join(bare), tone, place


def _tone_places(rhyme: str, *, after_glide: bool) -> tuple[int, ...]:
    """Return where in a rhyme the tone may stand."""
    end = next((i for i, letter in enumerate(rhyme) if letter not in _VOWELS), len(rhyme))
    for letters in (_MARKED, "ư"):
        marked = [i for i, letter in enumerate(rhyme[:end]) if letter in letters]
        if marked:
            return (marked[-1],)
    if end == 1:
        return (0,)
    if end == 3 or end < len(rhyme):
        return (end - 1,) if end == 2 else (1,)
    if rhyme in {"oa", "oe", "uy"} and not after_glide:
        return (0, 1)
    return (0,)


def _spelled_well(onset: str, rhyme: str) -> bool:
    if onset == "":
        return rhyme in _RHYMES or rhyme in _BARE_RHYMES
    if onset == "qu":
        return rhyme in _QU_RHYMES
    if rhyme not in _RHYMES:
        return False
    if onset in {"k", "gh", "ngh"}:
        return rhyme[0] in _FRONT
    if onset in {"c", "ng"}:
        return rhyme[0] not in _FRONT
    return onset != "g" or rhyme[0] not in "eêy"


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Whether a word, in any case, is spelled and toned as a Vietnamese syllable can be."""
    lowered = unicodedata.normalize("NFC", word).lower()
    bare, tone, place = _split_tone(lowered)
    for onset in _ONSETS:
        rhyme = bare[len(onset) :]
        if not bare.startswith(onset) or not rhyme or not _spelled_well(onset, rhyme):
            continue
        if rhyme[-1] in "ptc" or rhyme.endswith("ch"):
            if not tone or tone not in _STOP_TONES:
                continue
        elif tone == "??":
            continue
        if not tone or place - len(onset) in _tone_places(rhyme, after_glide=onset == "qu"):
            return True
    return False


@lru_cache(maxsize=4096)
def is_plausible_word(word: str) -> bool:
    """Whether a word may stand on a Vietnamese card: wider than syllables, for minority and foreign names.

    Words of plain ASCII letters always may. Otherwise every letter is Vietnamese, each group of vowels is one that
    Vietnamese has with at most one tone, and no Latin-1 capital follows a small letter: that is how old encodings look.
    """
    if word.isascii():
        return True
    if any(not letter.isascii() and letter not in _LETTERS_OF_NAMES for letter in word):
        return False
    if any(a.islower() and b.isupper() and 0x80 <= ord(b) < 0x100 for a, b in pairwise(word)):
        return False
    parts = _JOINED.split(word)
    return is_known_word(word) or all(_is_vowel_group(group) for part in parts for group in _groups(part))


def _groups(word: str) -> list[str]:
    return _CLUSTER.findall(word.lower())


def _is_vowel_group(group: str) -> bool:
    bare, tone, _ = _split_tone(group)
    # Highland names begin with a consonant y: "Yéo".
    return tone != "??" and (bare in _CLUSTERS or (bare[0] == "y" and bare[1:] in _CLUSTERS))


def is_known_word(word: str) -> bool:
    """Whether a word is a Vietnamese syllable or a well-known word of another people of Việt Nam."""
    return is_syllable(word) or word.lower() in _OTHER_WORDS


def marked_words(text: str) -> list[str]:
    """Return the words that hold a letter outside ASCII; the others read alike in every encoding."""
    return [word for word in _WORD.findall(text) if not word.isascii()]


def is_plausible_text(text: str) -> bool:
    """Whether every word may stand on a Vietnamese card and no sign outside ordinary punctuation occurs."""
    if text.isascii():
        return True
    strange = (c for c in text if not (c.isascii() or c in _LETTERS_OF_NAMES or c in _ALLOWED_SIGNS))
    return next(strange, None) is None and all(is_plausible_word(word) for word in marked_words(text))


def known_share(text: str) -> float:
    """Return the share, 0 to 1, of the marked words that are known words; 1 when there is none."""
    words = marked_words(text)
    return sum(map(is_known_word, words)) / len(words) if words else 1.0
