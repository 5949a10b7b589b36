"""`bluetick doctor` warns of files that other users of the machine can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluetick.doctor.permissions import permissions
from bluetick.options import Settings


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701])
def test_a_data_folder_that_others_can_enter(tmp_path: Path, mode: int) -> None:
    settings = Settings(data_dir=tmp_path / "data", config=tmp_path / "none.toml")
    assert list(permissions(settings)) == []
    settings.data_dir.mkdir(mode=0o700)
    assert [found.level for found in permissions(settings)] == ["ok"]

    settings.data_dir.chmod(mode)

    (found,) = permissions(settings)
    assert found.level == "warning"
    assert str(settings.data_dir) in found.what


@pytest.mark.parametrize(("secret", "found"), [("literal-literal", 1), ("env:NAME", 0)])
def test_a_configuration_with_secrets_that_others_can_read(
    tmp_path: Path, secret: str, found: int
) -> None:
    file = tmp_path / "bluetick.toml"
    file.write_text(f'[sources.a]\nauth = "hmac"\napp_secrets = ["{secret}"]\n')
    settings = Settings(data_dir=tmp_path / "none", config=file)
    file.chmod(0o644)
    assert len(list(permissions(settings))) == found
    file.chmod(0o600)
    assert list(permissions(settings)) == []
