//! stub
#[path = "corpus/mod.rs"]
mod corpus;
fn main() -> corpus::Fallible<()> {
    let mut o = corpus::Options::default();
    let a: Vec<String> = std::env::args().collect();
    o.size = a[2].parse()?;
    o.damage = a.len() > 3;
    let t = corpus::make(&o, std::path::Path::new(&a[1]))?;
    println!("{:?} {}", t.whole, t.kept.len());
    Ok(())
}
