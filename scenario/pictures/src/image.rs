//! Pictures of web pages, as PNG: read, cut and written again as small as that gets without a loss. The only user of `png`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, DecodingError, Filter};

/// The rows of one colour that stay at the bottom.
const MARGIN: usize = 16;
/// As many colours as a palette has.
const PALETTE_MAX: usize = 256;
/// A picture of more pixels than this is not one of ours.
const PIXELS_MAX: usize = 4 << 20;

type Pixel = [u8; 3];

/// A picture, without transparency.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) width: usize,
    pixels: Vec<Pixel>,
}

impl Image {
    /// Reads a picture.
    pub(crate) fn read(bytes: &[u8]) -> Result<Image, String> {
        let why = |error: DecodingError| error.to_string();
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(why)?;
        let size = reader.output_buffer_size().filter(|size| *size <= 4 * PIXELS_MAX);
        let mut bytes = vec![0; size.ok_or_else(|| "it is too large".to_owned())?];
        let frame = reader.next_frame(&mut bytes).map_err(why)?;
        let samples = frame.color_type.samples();
        let bytes = &bytes[..frame.buffer_size()];
        let pixel = |pixel: &[u8]| match *pixel {
            [red, green, blue, ..] => [red, green, blue],
            [grey, ..] => [grey; 3],
            [] => [0; 3],
        };
        Ok(Image { width: frame.width as usize, pixels: bytes.chunks_exact(samples).map(pixel).collect() })
    }

    pub(crate) fn height(&self) -> usize {
        self.pixels.len() / self.width.max(1)
    }

    /// The number of colours.
    pub(crate) fn colours(&self) -> usize {
        self.palette().len()
    }

    /// All its colours. Most pixels have the colour of the one before.
    fn palette(&self) -> BTreeSet<&Pixel> {
        self.pixels.chunk_by(|one, next| one == next).map(|run| &run[0]).collect()
    }

    /// Without the rows at the bottom that have the colour of the last pixel only.
    pub(crate) fn cut(mut self) -> Image {
        let Some(last) = self.pixels.last().copied() else { return self };
        let end = self.pixels.iter().rposition(|pixel| *pixel != last).map_or(0, |at| at / self.width + 1);
        self.pixels.truncate((end + MARGIN) * self.width);
        self
    }

    /// As PNG; with a palette where there are few colours.
    pub(crate) fn png(&self) -> Result<Vec<u8>, String> {
        let number = |length: usize| u32::try_from(length).map_err(|error| error.to_string());
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, number(self.width)?, number(self.height())?);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::High);
        let all = self.palette();
        let data: Vec<u8> = if all.len() <= PALETTE_MAX {
            encoder.set_color(ColorType::Indexed);
            encoder.set_filter(Filter::NoFilter);
            encoder.set_palette(all.iter().flat_map(|pixel| **pixel).collect::<Vec<u8>>());
            let places: BTreeMap<&Pixel, u8> = all.into_iter().zip(0..=u8::MAX).collect();
            self.pixels.iter().filter_map(|pixel| places.get(pixel).copied()).collect()
        } else {
            encoder.set_color(ColorType::Rgb);
            encoder.set_filter(Filter::Adaptive);
            self.pixels.as_flattened().to_vec()
        };
        let why = |error: png::EncodingError| error.to_string();
        let mut writer = encoder.write_header().map_err(why)?;
        writer.write_image_data(&data).map_err(why)?;
        writer.finish().map_err(why)?;
        Ok(png)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: usize, pixels: Vec<Pixel>) -> Image {
        Image { width, pixels }
    }

    #[test]
    fn a_picture_is_read_as_it_is_written() {
        let few = image(3, vec![[1, 2, 3], [1, 2, 3], [255, 0, 9], [4, 5, 6], [0; 3], [7; 3]]);
        let many = image(20, (0..400u16).map(|at| [at.to_be_bytes()[0], at.to_be_bytes()[1], 7]).collect());
        for image in [few, many] {
            assert_eq!(Image::read(&image.png().unwrap()), Ok(image));
        }
    }

    #[test]
    fn what_is_empty_at_the_bottom_is_cut_off() {
        let mut pixels = vec![[9; 3]; 200];
        pixels[5] = [1; 3];
        let cut = image(2, pixels).cut();
        assert_eq!((cut.height(), cut.colours()), (3 + MARGIN, 2));
        assert_eq!(image(2, vec![[9; 3]; 8]).cut().height(), 4, "a blank one has no rows to add");
    }
}
