"""Evaluates flags with OpenFeature's provider for OFREP: contexts come as JSON lines, the flags' values leave as JSON lines."""

import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

url, sdk_key, flags = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
api.set_provider(OFREPProvider(url, headers_factory=lambda: {"Authorization": f"Bearer {sdk_key}"}))
client = api.get_client()


def value(flag, context):
    """Flags of texts are those whose name says so; an error answers the default with a code."""
    of_text = flag == "ranker"
    ask = client.get_string_details if of_text else client.get_boolean_details
    detail = ask(flag, "the default" if of_text else False, context)
    return f"{detail.error_code}" if detail.error_code else detail.value


print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    attributes = json.loads(line)
    context = EvaluationContext(attributes.pop("key", None), attributes)
    print(json.dumps({flag: value(flag, context) for flag in flags}), flush=True)
