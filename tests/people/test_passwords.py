"""Which passwords are good enough, and what their hashes cost."""

import threading
import time

import pytest
from argon2 import PasswordHasher, extract_parameters

from app.errors import Invalid, Unavailable
from app.people import passwords


def refused(text, **about):
    with pytest.raises(Invalid) as error:
        passwords.see_that_it_is_good(text, **({"login": "lihua"} | about))
    assert list(error.value.fields) == ["password"]
    return error.value.fields["password"][0]


@pytest.mark.parametrize(
    ("length", "good"), [(11, False), (12, True), (13, True), (127, True), (128, True), (129, False)]
)
def test_the_length_is_12_to_128(length, good):
    text = ("tr0ub4-Qxv;" * 20)[:length]

    if good:
        passwords.see_that_it_is_good(text, login="lihua")
    else:
        assert str(length) in refused(text)


def test_length_counts_characters_in_their_composed_form():
    decomposed = "e\u0301a\u0300o\u0302u\u0308i\u0308n\u0303"  # six characters written as twelve

    assert "6" in refused(decomposed)


@pytest.mark.parametrize(
    "text",
    ["1qaz@wsx3edc", "qwertyuiop[]", "Password2026!", "P@ssw0rd!2026", "Admin@123456", "Qwer1234!@#$", "woaini520131",
     "aaaaaaaaaaaa", "121212121212", "ADMIN@2026@2026", "Passw0rd1234"],
)
def test_a_common_password_or_a_thin_disguise_of_one_is_refused(text):
    assert "常见" in refused(text)


@pytest.mark.parametrize("text", ["xLihua-2026-Mz", "Wanghua1-王华明-9Q"])
def test_a_password_with_ones_own_login_or_name_in_it_is_refused(text):
    assert "登录名或姓名" in refused(text, name="王华明")


def test_a_control_character_is_refused():
    assert "控制字符" in refused("correct\x00horse-7")


@pytest.mark.parametrize(
    ("text", "classes", "good"),
    [
        ("purple tiger eats stone", 1, True),
        ("purpletigereatsstone", 2, False),
        ("purple tiger eats 7", 3, True),
        ("purple tiger eats", 3, False),
        ("Purple tiger eats", 3, True),
        ("Purple tiger eats", 4, False),
        ("Purple tiger eats 7", 4, True),
        ("紫色的老虎吃了七块石头吗呢", 1, True),
    ],
)
def test_how_many_kinds_of_characters_must_occur_is_a_setting(text, classes, good):
    if good:
        passwords.see_that_it_is_good(text, login="lihua", classes=classes)
    else:
        assert f"{classes} 类" in refused(text, classes=classes)


def test_a_hash_matches_its_password_in_any_form_of_unicode_and_nothing_else():
    kept = passwords.hashed("caf\u00e9-Wolke-77")

    assert passwords.matches(kept, "cafe\u0301-Wolke-77")
    assert not passwords.matches(kept, "cafe-Wolke-77")


@pytest.mark.parametrize("kept", ["", "!", "$argon2id$broken"])
def test_an_account_without_a_usable_hash_lets_nobody_in(kept):
    assert not passwords.matches(kept, "")
    assert not passwords.matches(kept, "nobody's password")


@pytest.fixture
def _real_cost(monkeypatch):
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1))


@pytest.mark.usefixtures("_real_cost")
def test_the_cost_is_argon2id_with_46_mib():
    found = extract_parameters(passwords.hashed("Correct-Horse-7"))

    assert (found.type.name, found.memory_cost, found.time_cost, found.parallelism) == ("ID", 47104, 1, 1)


@pytest.mark.usefixtures("_real_cost")
def test_an_unknown_account_takes_as_long_as_a_known_one():
    kept = passwords.hashed("Correct-Horse-7")
    passwords.matches("", "warm up")

    pairs = [(_seconds(kept), _seconds("")) for _ in range(7)]

    known, unknown = (min(times) for times in zip(*pairs, strict=True))
    assert 0.5 < unknown / known < 2


def test_at_most_four_hashes_are_worked_out_at_once(monkeypatch):
    running, most = [], []

    class Slow:
        memory_cost = time_cost = 1

        def hash(self, _text):
            running.append(1)
            most.append(len(running))
            time.sleep(0.02)
            running.pop()
            return ""

    monkeypatch.setattr(passwords, "hasher", Slow())
    threads = [threading.Thread(target=passwords.hashed, args=("x",)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 4


def test_whoever_waits_too_long_for_a_turn_is_told_to_come_back(monkeypatch):
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.01)
    for _ in range(4):
        passwords._at_once.acquire()

    try:
        with pytest.raises(Unavailable):
            passwords.hashed("x")
    finally:
        for _ in range(4):
            passwords._at_once.release()


def _seconds(kept):
    """The processor's time, which other processes don't lengthen."""
    started = time.thread_time()
    passwords.matches(kept, "wrong")
    return time.thread_time() - started
