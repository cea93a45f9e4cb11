//! The picture of a plot, as SVG.
//!
//! It is drawn large and shown small, because the library places everything on whole pixels. Its colours are those for a
//! light page; a style sheet within it has those for a dark one.

use std::fmt::Write;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use scenario_core::error::{Error, Result};
use scenario_core::model::Plot;

use crate::data::{PlotData, rounded};
use crate::labels;

const WIDTH: u32 = 960;
/// Without the legend.
const HEIGHT: u32 = 460;
/// A line of text.
const LINE: u32 = 48;
/// On a narrow screen the picture is a third as wide as it is drawn.
const FONT: (&str, u32) = ("sans-serif", 40);

/// A colour on a light page, and on a dark one.
type Colour = (RGBColor, &'static str);

const PAPER: Colour = (RGBColor(255, 255, 255), "#171a21");
const TEXT: Colour = (RGBColor(52, 58, 64), "#ced4da");
const GRID: Colour = (RGBColor(222, 226, 230), "#3b414b");
/// As many as a curve has series.
const SERIES: [Colour; 8] = [
    (RGBColor(31, 111, 180), "#6cb2f5"),
    (RGBColor(199, 91, 18), "#ffa45c"),
    (RGBColor(43, 138, 62), "#69db7c"),
    (RGBColor(123, 79, 181), "#c3a6f5"),
    (RGBColor(194, 37, 92), "#f783ac"),
    (RGBColor(12, 133, 153), "#3bc9db"),
    (RGBColor(139, 94, 52), "#d9b38c"),
    (RGBColor(92, 99, 112), "#adb5bd"),
];

/// Draws it.
pub(crate) fn svg(data: &PlotData, plot: &Plot) -> Result<String> {
    let range = values(data);
    if !(range.end - range.start).is_finite() {
        return Err(Error::new(format!("the values of the plot `{}` are too large to draw", plot.name)));
    }
    let mut drawn = String::new();
    draw(data, plot, &mut drawn)
        .map_err(|cause| Error::new(format!("failed to draw the plot `{}`: {cause}", plot.name)))?;
    let head_end = drawn.find('\n').map_or(0, |at| at + 1);
    let (head, body) = drawn.split_at(head_end);
    Ok(format!("{head}<title>{}</title>\n{}{body}", escaped(&plot.alt), style()))
}

/// Other colours where the page is dark. The library writes each colour as an attribute.
fn style() -> String {
    let mut style = "<style>@media (prefers-color-scheme: dark) {\n".to_owned();
    for (RGBColor(red, green, blue), dark) in [PAPER, TEXT, GRID].iter().chain(&SERIES) {
        let light = format!("#{red:02X}{green:02X}{blue:02X}");
        // Writing into a text does not fail.
        let _ = writeln!(
            style,
            "[fill=\"{light}\"] {{ fill: {dark} }} [stroke=\"{light}\"] {{ stroke: {dark} }}"
        );
    }
    style + "}</style>\n"
}

fn draw(
    data: &PlotData,
    plot: &Plot,
    into: &mut String,
) -> std::result::Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let legend: Vec<String> = match &*data.series {
        [] | [_] => Vec::new(),
        all => labels::lines(&all.iter().map(|series| &series.labels).collect::<Vec<_>>()),
    };
    let lines = u32::try_from(legend.len()).unwrap_or(0) + u32::from(plot.unit.is_some());
    let root = SVGBackend::with_string(into, (WIDTH, HEIGHT + lines * LINE)).into_drawing_area();
    root.fill(&PAPER.0)?;
    let (head, body) = root.split_vertically(lines * LINE + 16);
    let text = FONT.into_font().color(&TEXT.0).pos(Pos::new(HPos::Left, VPos::Center));
    let middle = |line: usize| i32::try_from(line * LINE as usize + LINE as usize / 2 + 12).unwrap_or(0);
    for (line, label) in legend.iter().enumerate() {
        let stroke = SERIES[line % SERIES.len()].0.stroke_width(5);
        head.draw(&PathElement::new([(24, middle(line)), (72, middle(line))], stroke))?;
        head.draw_text(label, &text, (88, middle(line)))?;
    }
    if let Some(unit) = &plot.unit {
        head.draw_text(unit, &text, (24, middle(legend.len())))?;
    }
    let mut chart = ChartBuilder::on(&body)
        .margin_right(40)
        .margin_top(12)
        .x_label_area_size(64)
        .y_label_area_size(130)
        .build_cartesian_2d(0.0..last_moment(data), values(data))?;
    chart
        .configure_mesh()
        .x_labels(6)
        .y_labels(5)
        .max_light_lines(0)
        .bold_line_style(GRID.0.stroke_width(2))
        .axis_style(TEXT.0.stroke_width(2))
        .set_all_tick_mark_size(12)
        .label_style(FONT.into_font().color(&TEXT.0))
        .x_label_formatter(&|moment| format!("{} s", rounded(*moment)))
        .y_label_formatter(&|value| rounded(*value).to_string())
        .draw()?;
    for (index, series) in data.series.iter().enumerate() {
        let colour = SERIES[index % SERIES.len()].0;
        let lines = match series.scrapes.is_empty() {
            true => parts(&series.points, data.step),
            false => stairs(&series.scrapes),
        };
        // A line of one point would not be seen.
        let alone: Vec<(f64, f64)> = lines.iter().filter(|line| line.len() == 1).flatten().copied().collect();
        for line in lines {
            chart.draw_series(LineSeries::new(line, colour.stroke_width(5)))?;
        }
        let dots = series.scrapes.iter().chain(&alone).map(|at| Circle::new(*at, 8, colour.filled()));
        chart.draw_series(dots)?;
    }
    root.present()
}

/// The points, in parts without a gap.
fn parts(points: &[(f64, f64)], step: f64) -> Vec<Vec<(f64, f64)>> {
    points.chunk_by(|one, next| next.0 - one.0 < 1.5 * step).map(<[_]>::to_vec).collect()
}

/// What Prometheus knows: each sample holds until the next one. After a gap of several scrapes it does not.
fn stairs(scrapes: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    let intervals = scrapes.windows(2).map(|pair| pair[1].0 - pair[0].0);
    let interval = intervals.reduce(f64::min).unwrap_or_default().max(0.1);
    let parts = scrapes.chunk_by(|one, next| next.0 - one.0 < 3.5 * interval);
    let stair = |part: &[(f64, f64)]| {
        let rises = part.windows(2).flat_map(|pair| [(pair[1].0, pair[0].1), pair[1]]);
        part.first().copied().into_iter().chain(rises).collect()
    };
    parts.map(stair).collect()
}

fn last_moment(data: &PlotData) -> f64 {
    let all = data.series.iter().flat_map(|series| series.points.iter().chain(&series.scrapes));
    all.map(|(moment, _)| *moment).reduce(f64::max).filter(|last| *last > 0.0).unwrap_or(1.0)
}

/// From 0 or below to a little above the highest value.
fn values(data: &PlotData) -> std::ops::Range<f64> {
    let all = || data.series.iter().flat_map(|series| series.points.iter().chain(&series.scrapes));
    let values = || all().map(|(_, value)| *value);
    let (lowest, highest) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let height = if highest > lowest { highest - lowest } else { 1.0 };
    let below = if lowest < 0.0 { 0.08 * height } else { 0.0 };
    lowest - below..lowest + 1.08 * height
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace(|c: char| c.is_control(), " ")
}
