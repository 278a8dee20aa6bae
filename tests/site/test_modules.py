"""Modules joined into one classic script: imports, scopes, what is refused."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.site.node import NODE, needs_node
from utils.errors import ConfigError
from utils.site.player import modules
from utils.site.player.modules import joined, script_text
from utils.site.player.packing import PART, write_packed

SITE = Path(modules.__file__).parents[1]
PLAYER, READINGS = SITE / "player", SITE / "readings"
INNER = """import { SHIFT } from "./made.js";
const secret = 1;
export const twice = (x) => 2 * x + SHIFT;
export function thrice(x) { return 3 * x; }
"""
OUTER = """import { thrice, twice as double } from "./inner.js";
const secret = 2; // another scope, the same name
export async function answer() { return [double(5), thrice(5), secret]; }
"""


def script(tmp_path, outer=OUTER):
    (tmp_path / "inner.js").write_text(INNER)
    (tmp_path / "outer.js").write_text(outer)
    return joined(tmp_path / "outer.js", made={"SHIFT": 100})


@needs_node
def test_joined_modules_see_what_they_import_and_nothing_else(tmp_path):
    ask = "made.answer().then((v) => console.log(JSON.stringify(v)))"
    code = f"const made = {script(tmp_path)}; {ask}"
    done = subprocess.run([NODE, "-e", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [110, 15, 2]


def test_a_form_that_cannot_be_joined_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="export default"):
        script(tmp_path, "export default 3;\n")


def test_a_name_that_nobody_exports_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="imports fourfold from inner"):
        script(tmp_path, 'import { fourfold } from "./inner.js";\n')


def test_every_module_of_the_site_can_be_joined():
    made = {"SIZES": {}, "GRAPHS": {}, "BASE_STYLE": "", "WORKER": ""}
    for path in [*READINGS.glob("*.js"), PLAYER / "player.js"]:
        joined(path, made=made)


@needs_node
def test_every_module_of_the_site_is_sound():
    for path in [*READINGS.glob("*.js"), *PLAYER.glob("*.js")]:
        done = subprocess.run([NODE, "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_text_cannot_end_its_script():
    assert "</script>" not in script_text("</script>")


def test_a_large_file_comes_in_parts_that_join_to_base64(tmp_path):
    import base64
    import gzip
    import random

    data = random.Random(0).randbytes(PART)
    sizes = write_packed(tmp_path, "large", data)
    texts = [(tmp_path / f"large.{i}.js").read_text() for i in range(len(sizes))]
    parts = [json.loads(text.split(", ", 1)[1].removesuffix(");\n")) for text in texts]
    assert [len(part) for part in parts] == sizes
    assert all(size % 4 == 0 for size in sizes[:-1])  # each part decodes alone
    assert gzip.decompress(b"".join(map(base64.b64decode, parts))) == data
