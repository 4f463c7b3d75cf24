//! `fit`.

use anyhow::Result;
use serde_json::{Value, json};

use crate::run;
use crate::run::fit::{ColumnSummary, FitRequest, Found, reasons, words};
use crate::run::import::origin_word;
use crate::sample::fit::{Fit as Fitted, Resampling};
use crate::study::Edit;

use super::args::Fit;
use super::output::{self, Outcome, number, shell, table};
use super::progress::Progress;

/// `worldproof fit`: the columns without one, the fits with one, and with `--take` the edit.
pub(super) fn fit(args: &Fit) -> Result<Outcome> {
    let (place, mut study, stamp) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let Some(column) = &args.column else {
        let columns = run::fit::columns(&place, &study, &args.real, &progress)?;
        progress.finish();
        return Ok(Outcome::done(columns_text(args, &columns), columns_json(args, &columns)));
    };
    let request = FitRequest {
        set: args.real.clone(),
        column: column.clone(),
        target: args.family.clone().zip(args.parameter.clone()),
        unit: args.unit.clone(),
        take: args.take.clone(),
        refits: args.refits,
    };
    let found = run::fit::fit(&place, &study, &request, &stamp, &progress)?;
    progress.finish();
    if let Some(path) = &args.parquet {
        run::fit::write(&found, path)?;
    }
    if let Some((_, edit)) = &found.taken {
        place.keep(&mut study, [edit.clone()])?;
    }
    Ok(Outcome::done(found_text(args, &found), found_json(args, &found)))
}

/// The command once more, with the study where it was said.
fn again(args: &Fit, words: &str) -> String {
    let study = &args.common.study;
    let place = if study.as_os_str() == "." { String::new() } else { format!(" --study {}", shell(study)) };
    format!("worldproof fit {} {words}{place}", args.real)
}

fn quoted(word: &str) -> String {
    shell(std::path::Path::new(word))
}

fn columns_text(args: &Fit, columns: &[ColumnSummary]) -> String {
    let row = |column: &ColumnSummary| {
        let ends = [column.low, column.high].map(|end| if column.n == 0 { "-".to_owned() } else { number(end) });
        let [low, high] = ends;
        let label = column.label.clone().unwrap_or_default();
        vec![column.name.clone(), label, column.unit.unwrap_or("not said").to_owned(), column.n.to_string(), low, high]
    };
    let rows: Vec<Vec<String>> = columns.iter().map(row).collect();
    let Some(first) = columns.first() else {
        return format!("`{}` has no numeric column in its reference half\n", args.real);
    };
    format!(
        "{}next: {}\n",
        table(&["column", "label", "unit", "n", "min", "max"], &rows),
        again(args, &quoted(&first.name))
    )
}

fn columns_json(args: &Fit, columns: &[ColumnSummary]) -> Value {
    let entry = |column: &ColumnSummary| {
        let (low, high) = (Some(column.low), Some(column.high));
        let [low, high] = [low, high].map(|end| end.filter(|end| end.is_finite()));
        json!({ "column": column.name, "label": column.label, "unit": column.unit, "n": column.n, "min": low, "max": high })
    };
    json!({ "set": args.real, "columns": columns.iter().map(entry).collect::<Vec<_>>() })
}

fn p_text(fit: &Fitted) -> String {
    fit.bootstrap.map_or_else(|| "-".to_owned(), |bootstrap| format!("{:.3}", bootstrap.p))
}

fn found_text(args: &Fit, found: &Found) -> String {
    let fits = &found.fits;
    let unit = found.unit.as_deref().map_or_else(|| "unit not said".to_owned(), |unit| format!("in {}", shown(unit)));
    let episodes =
        fits.groups.map_or_else(String::new, |groups| format!(" in {groups} episodes of the reference half"));
    let mut text = format!(
        "`{}` of `{}` ({}), {unit}: {} values{episodes}, worth about {:.0} independent ones; {} to {}; {}\n",
        found.column,
        args.real,
        origin_word(found.origin),
        fits.n,
        fits.effective,
        number(fits.low),
        number(fits.high),
        fits.kind,
    );
    let optional = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
    let row = |fit: &Fitted| {
        vec![
            fit.model.name().to_owned(),
            words(&fit.distribution, number),
            optional(fit.ln_likelihood),
            optional(fit.bic),
            number(fit.ks),
            p_text(fit),
        ]
    };
    let rows: Vec<Vec<String>> = fits.fits.iter().map(row).collect();
    text.push_str(&table(&["distribution", "numbers", "ln likelihood", "BIC", "KS D", "p"], &rows));
    for why in reasons(&found.fits) {
        wrapped(&mut text, "not fitted: ", &why);
    }
    for warning in &fits.warnings {
        wrapped(&mut text, "note: ", warning);
    }
    text.push_str(&next(args, found));
    text
}

fn shown(unit: &str) -> &str {
    crate::base::unit::shown(unit)
}

fn next(args: &Fit, found: &Found) -> String {
    let column = args.column.as_deref().map(quoted).unwrap_or_default();
    let unit = args.unit.as_deref().map_or_else(String::new, |unit| format!(" --unit {}", quoted(unit)));
    match (&found.taken, &args.family, &args.parameter, found.fits.fits.first()) {
        (Some((model, _)), Some(family), Some(parameter), _) => {
            let study = shell(&args.common.study);
            format!(
                "took {} as the nominal of `{parameter}` in `{family}`\nnext: worldproof check --study {study}\n",
                model.name()
            )
        }
        (None, Some(family), Some(parameter), Some(first)) => {
            let words =
                format!("{column} --family {family} --parameter {parameter}{unit} --take {}", first.model.name());
            format!("next: {}\n", again(args, &words))
        }
        _ => format!("next: {}\n", again(args, &format!("{column} --family FAMILY --parameter PARAMETER{unit}"))),
    }
}

/// A paragraph at the terminal's width, later lines indented.
fn wrapped(text: &mut String, head: &str, words: &str) {
    let width = output::width();
    let mut line = head.to_owned();
    let mut used = false;
    for word in words.split(' ') {
        if used && line.chars().count() + 1 + word.chars().count() > width {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(head.len());
            used = false;
        }
        if used {
            line.push(' ');
        }
        line.push_str(word);
        used = true;
    }
    text.push_str(&line);
    text.push('\n');
}

fn found_json(args: &Fit, found: &Found) -> Value {
    let fits = &found.fits;
    let entry = |fit: &Fitted| {
        let qq: Vec<[f64; 2]> = fit.qq.iter().map(|point| [point.expected, point.observed]).collect();
        json!({
            "name": fit.model.name(), "distribution": fit.distribution, "learnt": fit.learnt,
            "ln_likelihood": fit.ln_likelihood, "aic": fit.aic, "bic": fit.bic, "ks": fit.ks,
            "ks_p_if_fixed_beforehand": fit.ks_p_if_fixed, "p": fit.bootstrap.map(|bootstrap| bootstrap.p),
            "refits": fit.bootstrap.map(|bootstrap| bootstrap.refits), "anderson_darling": fit.anderson_darling,
            "qq_expected_observed": qq,
        })
    };
    let left_out: Vec<Value> =
        fits.left_out.iter().map(|(model, why)| json!({ "name": model.name(), "why": why })).collect();
    let resampling = match fits.resampling {
        Resampling::Independent => "independent values",
        Resampling::Groups => "episodes",
    };
    let taken = found.taken.as_ref().map(|(model, edit)| {
        let fitted = match (edit, &args.parameter) {
            (Edit::PutFamily(family), Some(name)) => family.parameter(name).and_then(|own| own.fitted.clone()),
            _ => None,
        };
        json!({ "name": model.name(), "family": args.family, "parameter": args.parameter, "fitted": fitted })
    });
    json!({
        "set": args.real, "origin": origin_word(found.origin), "column": found.column, "unit": found.unit, "n": fits.n,
        "not_finite": fits.not_finite, "episodes": fits.groups, "effective": fits.effective, "low": fits.low,
        "high": fits.high, "kind": fits.kind, "digest": found.digest, "resampling": resampling,
        "fits": fits.fits.iter().map(entry).collect::<Vec<_>>(), "left_out": left_out, "warnings": fits.warnings,
        "taken": taken,
    })
}
