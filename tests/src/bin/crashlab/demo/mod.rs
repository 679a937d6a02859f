//! stub
use clap::Args;
#[derive(Debug, Args)]
pub(crate) struct DemoOptions {}
pub(crate) fn run(_o: &DemoOptions) -> Result<(), std::io::Error> {
    Ok(())
}
