//! Evaluates flags with LaunchDarkly's SDK: contexts come as JSON lines, the flags' values leave as JSON lines.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Duration;

use launchdarkly_sdk_transport::HyperTransport;
use launchdarkly_server_sdk::{
    ApplicationInfo, Client, ConfigBuilder, Context, EventProcessorBuilder, ServiceEndpointsBuilder,
    StreamingDataSourceBuilder,
};
use serde_json::{Map, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let [url, sdk_key, flags] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "URL SDK_KEY FLAGS")?;
    let flags: Vec<String> = serde_json::from_str(&flags)?;
    let mut application = ApplicationInfo::new();
    application.application_identifier("rust-driver");
    let mut stream = StreamingDataSourceBuilder::new();
    stream.transport(HyperTransport::new()?);
    let mut events = EventProcessorBuilder::new();
    events.transport(HyperTransport::new()?);
    let config = ConfigBuilder::new(&sdk_key)
        .service_endpoints(
            ServiceEndpointsBuilder::new().polling_base_url(&url).streaming_base_url(&url).events_base_url(&url),
        )
        .application_info(application)
        .data_source(&stream)
        .event_processor(&events)
        .build()?;
    let client = Client::build(config)?;
    client.start_with_runtime()?;
    let waiting = tokio::runtime::Runtime::new()?;
    let ready = waiting.block_on(client.wait_for_initialization(Duration::from_secs(10)));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:?}", if ready == Some(true) { "ready" } else { "not initialized" })?;
    for line in std::io::stdin().lock().lines() {
        let context: Context = serde_json::from_str(&line?)?;
        let value = |flag: &String| {
            let value = client.variation(&context, flag, "the default".to_owned());
            Ok((flag.clone(), serde_json::to_value(value)?))
        };
        let values: Map<String, Value> = flags.iter().map(value).collect::<Result<_, serde_json::Error>>()?;
        writeln!(out, "{}", Value::Object(values))?;
        out.flush()?;
    }
    client.close();
    Ok(())
}
