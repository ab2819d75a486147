"""Masking: a secret is taken out of what others say, and nothing else is."""

import pytest

from sidecar.probe.masked import MASK, masked
from sidecar.probe.sts import without_userinfo

SECRET = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.AbC-dEf_GhI/jKl+MnO=="


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (f"Value '{SECRET}' at 'webIdentityToken' failed", f"Value '{MASK}==' at 'webIdentityToken' failed"),
        (f"WebIdentityToken={SECRET[:30]}&Version=2011-06-15", f"WebIdentityToken={MASK}&Version=2011-06-15"),
        (f"in a word:xx{SECRET[-20:-4]}xx.", f"in a word:{MASK}"),
        (f"twice: {SECRET[:20]} {SECRET[5:25]}", f"twice: {MASK} {MASK}"),
        (f"too little to matter: {SECRET[:11]}", f"too little to matter: {SECRET[:11]}"),
        ("Not authorized to perform sts:AssumeRoleWithWebIdentity", None),
        ("No OpenIDConnect provider found in your account for https://oidc.example.com/id/0123456789ABCDEF", None),
        ("", None),
    ],
)
def test_words_that_hold_twelve_characters_of_a_secret_are_masked(said: str, expected: str | None) -> None:
    """The word is masked whole, in whatever it is wrapped; STS's own words stay as they are."""
    assert masked(said, SECRET) == (said if expected is None else expected)


@pytest.mark.parametrize("secret", ["", "short", "eleven char"])
def test_what_is_too_short_to_be_a_secret_masks_nothing(secret: str) -> None:
    """A file that holds a word is no reason to hide that word wherever it stands."""
    assert masked(f"a word like {secret} is told", secret) == f"a word like {secret} is told"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@sts.test/path", "https://sts.test/path"),
        ("https://user:secret@sts.test:8443", "https://sts.test:8443"),
        ("https://user:se@cret@sts.test", "https://sts.test"),
        ("https://user:7/secret@sts.test", f"https://user:7/{MASK}"),
        ("https://user:123456/secret@sts.test", "https://sts.test"),
        ("https://user:/#?@secret@sts.test", f"https://user:/{MASK}"),
        ("https://user:secret@sts.test/p@th", f"https://sts.test/{MASK}"),
        ("user:secret@sts.test", "sts.test"),
        ("https://[::1]:8443/path", "https://[::1]:8443/path"),
        ("https://sts.test", "https://sts.test"),
    ],
)
def test_no_url_keeps_its_password(url: str, shown: str) -> None:
    """Userinfo is dropped; where a slash may be a password's, what follows it is masked."""
    assert without_userinfo(url) == shown
