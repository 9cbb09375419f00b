"""
What open implementations of CloudWatch Logs filter patterns answer on our cases:

    python3 scripts/compare-filter-patterns.py [CASES.json]

Runs those that this Python has (boto3 and moto, aws-json-term-matcher, localstack-core) and leaves out the others. A case
passes when the event matches, does not match or the pattern is refused as the case says; extracted values do not count.
"""
import json
import sys
import time
from importlib import metadata
from pathlib import Path

CASES = Path(__file__).parent.parent / "test/cases/filter-pattern/cases.json"
SECTIONS = ["unstructured", "regex", "json", "json-compound", "space-delimited", "production", "extraction", "metric", "limits"]


class Refused(Exception):
    """The implementation says that the pattern is wrong."""


def moto():
    """FilterLogEvents of a mocked account."""
    import boto3
    from botocore.exceptions import ClientError
    from moto import mock_aws

    mock_aws().start()
    logs = boto3.client("logs", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    logs.create_log_group(logGroupName="cases")
    streams = {}

    def matches(pattern, message):
        if message not in streams:
            streams[message] = f"stream-{len(streams)}"
            logs.create_log_stream(logGroupName="cases", logStreamName=streams[message])
            event = {"timestamp": int(time.time() * 1000), "message": message}
            logs.put_log_events(logGroupName="cases", logStreamName=streams[message], logEvents=[event])
        try:
            found = logs.filter_log_events(
                logGroupName="cases", logStreamNames=[streams[message]], filterPattern=pattern
            )
        except ClientError as refusal:
            raise Refused from refusal
        return len(found["events"]) > 0

    return f"moto {metadata.version('moto')}", matches


def localstack():
    """The matcher that its metric filters, subscriptions and FilterLogEvents use; the licensed edition replaces it."""
    from localstack.services.logs.provider import get_pattern_matcher

    def matches(pattern, message):
        return get_pattern_matcher(pattern)(pattern, {"message": message})

    return f"localstack-core {metadata.version('localstack-core')}", matches


def json_term_matcher():
    """JSON patterns only."""
    from aws_json_term_matcher.exceptions import MatchingError, ParsingError
    from aws_json_term_matcher.matcher import match, parse_filter

    def matches(pattern, message):
        try:
            parse_filter(pattern)
        except ParsingError as refusal:
            raise Refused from refusal
        try:
            return match(json.loads(message), pattern)
        except (MatchingError, json.JSONDecodeError):
            return False

    return f"aws-json-term-matcher {metadata.version('aws-json-term-matcher')}", matches


def everything():
    return "(matching everything)", lambda pattern, message: True


def passes(case, matches):
    try:
        found, refused = bool(matches(case["pattern"], case["message"])), False
    except Refused:
        found, refused = False, True
    except Exception:  # whatever else an implementation throws is no answer
        return False
    return found == case["match"] and refused == case.get("error", False)


def main():
    cases = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else CASES).read_text())
    sections = [name for name in SECTIONS if any(case.get("section") == name for case in cases)]
    print("| implementation | " + " | ".join(sections) + " | all |")
    print("|---|" + "---|" * (len(sections) + 1))
    for load in (moto, localstack, json_term_matcher, everything):
        try:
            name, matches = load()
        except (ImportError, SyntaxError) as missing:
            print(f"{load.__name__} was left out: {missing}", file=sys.stderr)
            continue
        cells = []
        for section in [*sections, None]:
            chosen = [case for case in cases if section in (None, case.get("section"))]
            cells.append(f"{sum(passes(case, matches) for case in chosen)} of {len(chosen)}")
        print(f"| {name} | " + " | ".join(cells) + " |")


main()
