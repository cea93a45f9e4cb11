//! The first 600 delays with `SEED=45`, in seconds: their average, median and 0.95 quantile.

use std::error::Error;

use app::dice::Dice;

fn main() -> Result<(), Box<dyn Error>> {
    let dice = Dice::new(45, 0.05, 0.0)?;
    let mut seconds: Vec<f64> = (0..600).map(|_| dice.throw().delay.as_secs_f64()).collect();
    seconds.sort_by(f64::total_cmp);

    println!("average {:.3}", seconds.iter().sum::<f64>() / 600.0);
    println!("median {:.3}", seconds[299]);
    println!("0.95 quantile {:.3}", seconds[569]);
    Ok(())
}
