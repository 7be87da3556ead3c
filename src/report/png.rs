//! PNG from the same SVG, with the one font that comes with the program.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::DrawError;

/// Pixels a unit of the pictures that are written: sharp on paper.
pub const PRINT_SCALE: f32 = 2.0;
/// Longest side of a picture, pixels.
const LONGEST: f32 = 20_000.0;

/// Renders an SVG, `scale` pixels a unit.
///
/// # Errors
/// If the SVG cannot be read or the picture would be empty or too large.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, DrawError> {
    let tree = tree(svg)?;
    let size = tree.size();
    let pixels = |units: f32| {
        let pixels = (units * scale).ceil();
        (1.0..=LONGEST).contains(&pixels).then(|| whole(pixels))
    };
    let (width, height) = pixels(size.width())
        .zip(pixels(size.height()))
        .ok_or(DrawError::Size)?;
    let mut pixmap = Pixmap::new(width, height).ok_or(DrawError::Size)?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixmap.as_mut(),
    );
    pixmap
        .encode_png()
        .map_err(|error| DrawError::Png(error.to_string()))
}

/// Reads an SVG as the renderer sees it.
pub(crate) fn tree(svg: &str) -> Result<Tree, DrawError> {
    let options = Options {
        font_family: FAMILY.to_owned(),
        fontdb: Arc::clone(&FONTS),
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|error| DrawError::Svg(error.to_string()))
}

const FAMILY: &str = "DejaVu Sans";

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for font in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_data(font.to_vec());
    }
    fonts.set_sans_serif_family(FAMILY);
    Arc::new(fonts)
});

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked: 1 to 20,000"
)]
const fn whole(pixels: f32) -> u32 {
    pixels as u32
}

#[cfg(test)]
mod tests {
    use super::super::svg::{Words, picture};
    use super::*;

    #[test]
    fn words_leave_ink() {
        let blank = png(&picture((80.0, 40.0), "t", "d", |_| {}), 1.0).unwrap();
        let svg = picture((80.0, 40.0), "t", "d", |sheet| {
            sheet.text((5.0, 30.0), "52° →", Words::new(20.0));
        });
        let written = png(&svg, 1.0).unwrap();
        assert!(written.starts_with(b"\x89PNG"));
        assert!(written.len() > blank.len() + 100, "the font is found");
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        assert!(matches!(png("<svg", 1.0), Err(DrawError::Svg(_))));
        let svg = picture((10.0, 10.0), "t", "d", |_| {});
        assert!(matches!(png(&svg, 1e9), Err(DrawError::Size)));
        assert!(matches!(png(&svg, f32::NAN), Err(DrawError::Size)));
    }
}
