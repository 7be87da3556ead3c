//! Simulated subjects: every repetition found, none invented, ROM within half a degree.

use neckrom::simulate::Settings;

use crate::score::Score;

#[test]
fn twenty_random_subjects() {
    let mut score = Score::default();
    for seed in 0..20 {
        score.add_simulated(&Settings::random(seed));
    }
    assert_eq!(score.recordings, 20);
    assert_eq!(score.repetitions, 20 * 30);
    assert_eq!(score.mistakes(), 0, "{score:?}");
    assert!(
        score.mean_absolute_deg() <= 0.5,
        "{}",
        score.mean_absolute_deg()
    );
    assert!(
        score.percentile_deg(0.95) <= 1.0,
        "{}",
        score.percentile_deg(0.95)
    );
    assert!(
        score.coupled_percentile_deg(0.95) <= 2.0,
        "{}",
        score.coupled_percentile_deg(0.95)
    );
}
