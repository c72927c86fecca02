"""The count in the common data format of NIST SP 1500-100, version 2, as JSON.

It holds what was counted and nothing that was forecast: the format has no place for probabilities, and no share in what
is only expected. Two things in it are ours: an area's code is an external identifier of type ``other``, and so are the
ids of the contest and its candidates.

References
----------
NIST (2021), Election Results Reporting Common Data Format Specification, SP 1500-100 version 2.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from forecast.bulletin.summary import AreaForecast, CandidateForecast, Forecast
from forecast.outlets.edition import Edition, iso

__all__ = ["nist_json", "nist_report"]

Node = dict[str, object]
COUNT_STATUS = {"declared": "completed", "provisional": "in-process", "partial": "in-process"}
VARIATIONS = {"plurality": "plurality", "list proportional": "proportional", "two rounds": "majority"}


def nist_json(edition: Edition, *, issuer: str = "count-night", made_at: datetime | None = None) -> str:
    """The report as JSON text: `nist_report`."""
    return json.dumps(nist_report(edition, issuer=issuer, made_at=made_at), ensure_ascii=False, indent=1) + "\n"


def nist_report(edition: Edition, *, issuer: str = "count-night", made_at: datetime | None = None) -> Node:
    """The count of an edition as an election report.

    Parameters
    ----------
    issuer
        Who answers for it.
    made_at
        When it was made; the edition's own time otherwise.
    """
    forecast, moment = edition.forecast, edition.forecast.moment
    at = made_at or edition.at or moment.as_of or datetime.fromtimestamp(0, UTC)
    return _typed(
        "ElectionReport",
        Format="summary-contest",
        GeneratedDate=iso(at),
        Issuer=issuer,
        IssuerAbbreviation=issuer[:20],
        IsTest=edition.test,
        SequenceStart=1,
        SequenceEnd=1,
        Status="unofficial-complete" if _complete(forecast) else "unofficial-partial",
        VendorApplicationId=f"count-night {forecast.provenance.software}",
        GpUnit=[*(_unit(each) for each in forecast.areas), _whole(edition)],
        Party=list(_parties(forecast)),
        Election=[_election(edition)],
    )


def _typed(kind: str, **parts: object) -> Node:
    """An object of the format, without what is not known."""
    return {"@type": f"ElectionResults.{kind}"} | {key: value for key, value in parts.items() if value is not None}


def _with_id(kind: str, key: str, **parts: object) -> Node:
    return {"@id": key} | _typed(kind, **parts)


def _text(words: str) -> Node:
    return _typed("InternationalizedText", Text=[_typed("LanguageString", Content=words, Language="en")])


def _identifier(kind: str, value: str) -> Node:
    return _typed("ExternalIdentifier", Type="other", OtherType=kind, Value=value)


def _unit(area: AreaForecast) -> Node:
    identifiers = [_identifier("official-code", area.code)] if area.code else []
    status = COUNT_STATUS.get(area.status, "not-processed")
    return _with_id(
        "ReportingUnit",
        f"area-{area.id}",
        Type="other",
        OtherType="counting-area",
        Name=_text(area.name),
        ExternalIdentifier=[*identifiers, _identifier("count-night", area.id)],
        CountStatus=[_typed("CountStatus", Type="total", Status=status)],
        VotersRegistered=area.electorate,
        VotersParticipated=area.ballots,
    )


def _whole(edition: Edition) -> Node:
    forecast, moment = edition.forecast, edition.forecast.moment
    return _with_id(
        "ReportingUnit",
        "whole",
        Type="other",
        OtherType="contest-district",
        Name=_text(edition.say(forecast.title)),
        ComposingGpUnitIds=[f"area-{each.id}" for each in forecast.areas],
        CountStatus=[_typed("CountStatus", Type="total", Status="completed" if _complete(forecast) else "in-process")],
        SubUnitsReported=moment.areas_declared,
        TotalSubUnits=moment.areas_total,
    )


def _complete(forecast: Forecast) -> bool:
    """Whether every area has declared."""
    return forecast.moment.areas_declared == forecast.moment.areas_total


def _parties(forecast: Forecast) -> Iterator[Node]:
    for each in forecast.candidates:
        colour = each.colour.lstrip("#").lower()
        yield _with_id("Party", f"party-{each.id}", Name=_text(each.party or each.name), Color=colour)


def _election(edition: Edition) -> Node:
    forecast = edition.forecast
    day = forecast.polling_day.isoformat()
    return _typed(
        "Election",
        ElectionScopeId="whole",
        StartDate=day,
        EndDate=day,
        Name=_text(edition.say(forecast.title)),
        Type="general",
        ExternalIdentifier=[_identifier("democracy-club", forecast.election_id)],
        BallotCounts=[_ballots(each) for each in forecast.areas if each.ballots is not None],
        Candidate=[_candidate(each) for each in forecast.candidates],
        Contest=[_contest(edition)],
    )


def _ballots(area: AreaForecast) -> Node:
    return _typed("BallotCounts", Type="total", GpUnitId=f"area-{area.id}", BallotsCast=area.ballots)


def _candidate(each: CandidateForecast) -> Node:
    return _with_id(
        "Candidate",
        f"candidate-{each.id}",
        BallotName=_text(each.name),
        PartyId=f"party-{each.id}",
        ExternalIdentifier=[_identifier("count-night", each.id)],
    )


def _contest(edition: Edition) -> Node:
    forecast = edition.forecast
    variation = VARIATIONS.get(forecast.rule, "other")
    return _with_id(
        "CandidateContest",
        f"contest-{forecast.contest}",
        Name=edition.say(forecast.title),
        ElectionDistrictId="whole",
        ExternalIdentifier=[
            _identifier("democracy-club", forecast.election_id),
            _identifier("count-night", forecast.contest),
        ],
        VotesAllowed=1,
        VoteVariation=variation,
        OtherVoteVariation=forecast.rule if variation == "other" else None,
        SubUnitsReported=forecast.moment.areas_declared,
        TotalSubUnits=forecast.moment.areas_total,
        ContestSelection=[_selection(forecast, each) for each in forecast.candidates],
    )


def _selection(forecast: Forecast, candidate: CandidateForecast) -> Node:
    counts = [
        _typed("VoteCounts", Type="total", GpUnitId=f"area-{area.id}", Count=area.counted[candidate.id])
        for area in forecast.areas
        if candidate.id in area.counted
    ]
    reported = [area.counted[candidate.id] for area in forecast.areas if candidate.id in area.counted]
    whole = round(candidate.counted)
    if len(reported) == len(forecast.areas) or whole > sum(reported):
        # Otherwise some area has not reported the candidate, and the sum would look like a total that it is not.
        counts.append(_typed("VoteCounts", Type="total", GpUnitId="whole", Count=whole))
    return _with_id(
        "CandidateSelection",
        f"selection-{candidate.id}",
        CandidateIds=[f"candidate-{candidate.id}"],
        VoteCounts=counts,
    )
