//! The inclination correction: the shortest turn that sets a direction upright.

use super::lanes::{Lanes, Quaternions, Vector, dot, turned, unit_factor};

/// A direction's tilt from the vertical, and what turns it upright.
pub(super) struct Upright<const N: usize> {
    /// x and y of the direction: the sine of the tilt, about y and -x.
    pub(super) tilt: [Lanes<N>; 2],
    /// w and x, y of the shortest rotation that turns it upright, which is about a horizontal axis;
    /// to be scaled by `over`.
    w: Lanes<N>,
    x: Lanes<N>,
    y: Lanes<N>,
    over: Lanes<N>,
}

impl<const N: usize> Upright<N> {
    /// Of `v` turned by `q`. For a direction straight down any half turn will do: the one about x. A
    /// vector without length is not corrected.
    #[inline]
    pub(super) fn of(q: &Quaternions<N>, v: &Vector<N>) -> Self {
        // The length does not wait for the turning.
        let square = dot(v, v).max(Lanes::all(1e-280));
        let over = square.sqrt().inverse();
        let v = turned(q, v);
        let (x, y) = (v[0] * over, v[1] * over);
        // Without length: up.
        let nothing = square.under(1e-279);
        let w = v[2] * over + Lanes::ONE + nothing;
        let norm_square = w * w + x * x + y * y;
        let down = norm_square.under(4e-12);
        let over = norm_square.max(Lanes::all(4e-12)).sqrt().inverse();
        Self {
            tilt: [x, y],
            w: Lanes::ZERO.or(down, w),
            x: Lanes::ONE.or(down, y),
            y: Lanes::ZERO.or(down, -x),
            over: Lanes::ONE.or(down, over),
        }
    }

    /// The rotation after `q`.
    #[inline]
    pub(super) fn after(&self, q: &Quaternions<N>) -> Quaternions<N> {
        let [bw, bx, by, bz] = *q;
        let (w, x, y) = (self.w, self.x, self.y);
        let scale = self.over * unit_factor(q);
        [
            (w * bw - x * bx - y * by) * scale,
            (w * bx + x * bw + y * bz) * scale,
            (w * by - x * bz + y * bw) * scale,
            (w * bz + x * by - y * bx) * scale,
        ]
    }
}
