"""Evaluates flags with LaunchDarkly's SDK: contexts come as JSON lines, the flags' values leave as JSON lines."""

import json
import sys

import ldclient
import ldclient.datasystem
from ldclient import Context
from ldclient.config import Config

url, sdk_key, flags, version = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), sys.argv[4]
client = ldclient.LDClient(
    Config(
        sdk_key,
        base_uri=url,
        stream_uri=url,
        send_events=False,
        diagnostic_opt_out=True,
        datasystem_config=ldclient.datasystem.default().build() if version == "2" else None,
    ),
    10,
)
print(json.dumps("ready" if client.is_initialized() else "not initialized"), flush=True)
for line in sys.stdin:
    context = Context.from_dict(json.loads(line))
    print(json.dumps({flag: client.variation(flag, context, "the default") for flag in flags}), flush=True)
client.close()
