"""The package for OGraf renderers: its manifest by the public schema, its graphic in a renderer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from night_made import edition, scene

from forecast.errors import ForecastError
from forecast.outlets.ograf import package_files, write_package
from forecast.outlets.rows import rows_json

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(os.environ.get("FORECAST_SCHEMAS", ROOT.parent / "shared" / "schemas"))
OGRAF = SCHEMAS / "ograf"


# OGraf


def ograf_validator() -> Any:  # noqa: ANN401 - the validator's type is the library's own
    found = [json.loads(path.read_text(encoding="utf-8")) for path in OGRAF.rglob("*.json")]
    registry = jsonschema_rs.Registry([(each["$id"], each) for each in found])
    main = next(each for each in found if each["$id"].endswith("/graphics/schema.json"))
    return jsonschema_rs.validator_for(main, registry=registry)


@pytest.mark.skipif(not OGRAF.exists(), reason="the public schema is not here")
def test_the_manifest_fits_the_public_schema(tmp_path: Path) -> None:
    manifest, module = write_package(tmp_path / "package", scene().contest, "https://forecast.example")
    parsed = json.loads(manifest.read_text(encoding="utf-8"))
    validator = ograf_validator()
    assert [error.message for error in validator.iter_errors(parsed)] == []
    assert not validator.is_valid(parsed | {"odds": 1})
    assert not validator.is_valid({key: value for key, value in parsed.items() if key != "main"})
    assert manifest.name.endswith(".ograf.json")
    assert parsed["main"] == module.name


def test_an_address_that_is_none_is_refused() -> None:
    for address in ("forecast.example", "javascript:alert(1)", "https://"):
        with pytest.raises(ForecastError, match="is not an address"):
            package_files("wm", "The count", address)


# A renderer's part of the page, as little of it as the graphic touches.
RENDERER = """
class Part {
  constructor() { this.children = []; this.names = new Set(); this.text = ''; this.style = { setProperty() {} };
    this.classList = { add: (n) => this.names.add(n), remove: (n) => this.names.delete(n),
      toggle: (n, on) => on ? this.names.add(n) : this.names.delete(n) }; }
  set className(name) { this.names.add(name); }
  set textContent(text) { this.text = text; }
  append(...parts) { this.children.push(...parts); }
  replaceChildren(...parts) { this.children = parts; }
  words() { return [this.text, ...this.children.map((each) => each.words())].join(' ').trim(); }
}
globalThis.HTMLElement = class extends Part { attachShadow() { return (this.shadowRoot = new Part()); } };
globalThis.document = { createElement: () => new Part() };
let rows = JSON.parse(process.argv[3]), asked = [];
globalThis.fetch = async (place) => { asked.push(place); if (!rows) throw new Error('away');
  return { ok: true, json: async () => rows }; };
const { default: Graphic } = await import(process.argv[2]);
const graphic = new Graphic(), said = {};
for (const name of ['load', 'playAction', 'updateAction', 'stopAction', 'customAction', 'dispose'])
  if (typeof graphic[name] !== 'function') throw new Error(name);
said.load = await graphic.load({ data: {}, renderCharacteristics: {} });
said.shown = graphic.bar.words();
rows = null;
said.custom = await graphic.customAction({ id: 'refresh' });
said.unknown = await graphic.customAction({ id: 'explode' });
said.kept = graphic.bar.words();
said.play = await graphic.playAction({});
said.on = graphic.bar.names.has('on');
said.update = await graphic.updateAction({ data: { contest: 'a/b' } });
said.stop = await graphic.stopAction({ skipAnimation: true });
said.off = !graphic.bar.names.has('on');
said.dispose = await graphic.dispose();
said.asked = asked;
console.log(JSON.stringify(said));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to run a module")
def test_the_graphic_loads_shows_keeps_its_last_value_and_stops(tmp_path: Path) -> None:
    _, module = write_package(tmp_path, scene().contest, "https://forecast.example/")
    script = tmp_path / "renderer.mjs"
    script.write_text(RENDERER, encoding="utf-8")
    command = ["node", str(script), str(module), rows_json(edition(13))]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["asked"][0] == "https://forecast.example/graphics/west-midlands/rows.json"
    assert said["asked"][-1] == "https://forecast.example/graphics/a%2Fb/rows.json"
    assert "Andy Street" in said["shown"]
    assert "6 of 7 areas declared" in said["shown"]
    assert said["kept"] == said["shown"]
    assert (said["on"], said["off"]) == (True, True)
    assert [said[name]["statusCode"] for name in ("load", "custom", "play", "update", "stop", "dispose")] == [200] * 6
    assert said["unknown"]["statusCode"] == 404
