use super::*;

#[test]
fn a_sensor_is_called_by_its_name_its_place_or_its_number() {
    use crate::sample::SensorPlace;
    let sensor = |name: &str, place| SensorSamples {
        name: name.to_owned(),
        place,
        ..SensorSamples::default()
    };
    let head = Some(SensorPlace::Head);
    assert_eq!(called(0, &sensor("a\u{1b}", head)), "sensor a\\u{1b}");
    assert_eq!(called(0, &sensor("", head)), "head sensor");
    assert_eq!(called(1, &sensor("", None)), "sensor 2");
}
