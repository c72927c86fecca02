"""Runs elex-model, in the environment it is installed in, on one update read from standard input.

Not imported by anything of ours: `models.elex` starts it with another Python, which has elex-model and nothing of ours.

The update is JSON: ``units``, each with ``unit, contest, stratum, baseline_a, baseline_b, baseline_total, votes_a,
votes_b, votes_total, percent``; ``level`` of the interval; ``seed``. What is printed is JSON: ``margin, lower, upper``
of the two sides' votes, summed over the contests, or ``error``.
"""

# What elex-model needs is imported where a failure to import it can be said.
# ruff: noqa: PLC0415

from __future__ import annotations

import json
import os
import sys
from typing import Any

ELECTION, OFFICE = "2030-01-01_XX_G", "G"  # the trailing G is what makes it take a margin
SETTINGS = {
    "APP_ENV": "local", "DATA_ENV": "dev", "MODEL_S3_BUCKET": "none", "MODEL_S3_PATH_ROOT": "none",
    "APP_LOG_LEVEL": "ERROR", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "unused",
    "AWS_SECRET_ACCESS_KEY": "unused", "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip


def frames(units: list[dict[str, Any]]) -> tuple[Any, Any]:
    """The baseline and the counts as the tables that it takes."""
    import pandas as pd

    given = pd.DataFrame(units)
    place = {"postal_code": given.contest, "geographic_unit_fips": given.unit}
    before = pd.DataFrame(
        place
        | {"geographic_unit_type": "county", "county_fips": given.unit, "county_classification": given.stratum}
        | {"baseline_dem": given.baseline_a, "baseline_gop": given.baseline_b, "baseline_turnout": given.baseline_total}
    )
    now = pd.DataFrame(
        place
        | {"results_dem": given.votes_a, "results_gop": given.votes_b, "results_turnout": given.votes_total}
        | {"percent_expected_vote": given.percent}
    )
    return before, now


def answer(update: dict[str, Any]) -> dict[str, Any]:
    """One update by its bootstrap model: the margin of the two sides and its interval."""
    from elexmodel.client import ModelClient

    before, now = frames(update["units"])
    level = update["level"]
    config = {
        "office": OFFICE,
        "states": sorted(before.postal_code.unique().tolist()),
        "geographic_unit_types": ["county"],
        "historical_election": [],
        "features": [],
        "aggregates": ["postal_code", "county_classification", "unit"],
        "fixed_effect": ["postal_code", "county_classification"],
        "baseline_pointer": {"dem": "dem", "gop": "gop", "turnout": "turnout"},
    }
    made = ModelClient().get_estimates(
        now, ELECTION, OFFICE, ["margin"], prediction_intervals=[level], percent_reporting_threshold=100,
        geographic_unit_type="county", raw_config={ELECTION: [config]}, preprocessed_data=before, save_output=[],
        pi_method="bootstrap", aggregates=["postal_code", "unit"], features=["baseline_normalized_margin"],
        model_parameters={"seed": update["seed"]},
    )["state_data"]  # fmt: skip
    found = [made["pred_margin"], made[f"lower_{level}_margin"], made[f"upper_{level}_margin"]]
    return dict(zip(("margin", "lower", "upper"), (float(each.iloc[0]) for each in found), strict=True))


def main() -> None:
    """Read the update, print the answer; a failure is an answer too."""
    os.environ.update(SETTINGS)
    try:
        said = answer(json.load(sys.stdin))
    except Exception as error:  # noqa: BLE001 - the failure is what is measured
        said = {"error": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write("\n" + json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
