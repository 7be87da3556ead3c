//! `neckrom spark-job`: the job that runs `neckrom worker` on Apache Spark.

use std::io::Write;

use clap::Args;

/// Python for Spark 4.
const JOB: &str = include_str!("job.py");

/// Print the job that measures an archive on an Apache Spark 4 cluster, in Python
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  \
    neckrom spark-job > job.py\n  \
    spark-submit job.py --manifest /data/list.csv --out /data/results")]
pub struct SparkJobArgs {}

impl SparkJobArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<u8> {
        out.write_all(JOB.as_bytes())?;
        Ok(0)
    }
}
