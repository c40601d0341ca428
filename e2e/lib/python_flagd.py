"""Evaluates flags with OpenFeature's provider for flagd, in RPC mode. Contexts come as JSON lines, and the flags' values
leave as JSON lines; `{"ask": [type, flag, default, context]}` is answered with all that is known of one flag. What the
provider hears leaves as `{"heard": …}`."""

import json
import sys

from openfeature import api
from openfeature.contrib.provider.flagd import FlagdProvider
from openfeature.contrib.provider.flagd.config import ResolverType
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEvent
from openfeature.exception import OpenFeatureError

address, sdk_key, flags = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
host, port = address.split(":")


def say(what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if not flags:
    for event in ProviderEvent:
        api.add_handler(
            event, lambda heard, name=event.name: say({"heard": name, "flags": heard.flags_changed})
        )
provider = FlagdProvider(
    host=host,
    port=int(port),
    selector=sdk_key or None,
    resolver_type=ResolverType.RPC,
    deadline_ms=500 if sdk_key == "sdk-nobodys" else 10_000,
    retry_backoff_ms=100,
    retry_backoff_max_ms=200,
)
try:
    api.set_provider_and_wait(provider)
except OpenFeatureError as error:
    print(error, file=sys.stderr)
client = api.get_client()


def detail(kind, flag, default, attributes):
    context = EvaluationContext(attributes.pop("key", None), attributes)
    return getattr(client, f"get_{kind}_details")(flag, default, context)


def value(flag, attributes):
    """Flags of texts are those whose name says so; an error answers the default with a code."""
    of_text = flag == "ranker"
    found = detail("string" if of_text else "boolean", flag, "the default" if of_text else False, attributes)
    return f"{found.error_code}" if found.error_code else found.value


say("ready")
for line in sys.stdin:
    asked = json.loads(line)
    if "ask" in asked:
        found = detail(*asked["ask"])
        error = found.error_code and found.error_code.name
        say({"value": found.value, "reason": found.reason, "variant": found.variant, "error": error})
    else:
        say({flag: value(flag, dict(asked)) for flag in flags})
