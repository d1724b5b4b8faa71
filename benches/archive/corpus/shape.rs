//! Records grown from the shapes in `shapes.json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Fallible,
    cast::{self, Actor, Cast},
    escape::as_aws,
    moment,
    random::{ALNUM, BASE32, BASE64, BASE64_URL, DIGITS, HEX, HEX_UPPER, Random},
};

const SHAPES: &str = include_str!("../shapes.json");

/// All shapes, and how often each is met.
pub struct Shapes {
    all: Vec<Shape>,
}

/// One call of a service.
pub struct Shape {
    weight: u64,
    /// Who makes it, in the words of [`Cast::actor`].
    pub by: String,
    global: bool,
    ordinary: Template,
    sorted: Template,
}

/// What a record is about beside its shape.
pub struct Scene<'a> {
    /// The account.
    pub cast: &'a Cast,
    /// The Region.
    pub region: &'a str,
    /// `eventTime`.
    pub time: i64,
}

struct Template {
    pieces: Vec<Piece>,
    slots: usize,
}

enum Piece {
    Text(String),
    /// What to fill in; what has a slot is the same wherever it stands in a record.
    Blank(Blank, Option<usize>),
}

enum Blank {
    Signs(&'static str, usize),
    Number(u64, u64),
    Choice(Vec<String>),
    Identity,
    Simple(String),
}

impl Shapes {
    /// Reads them.
    pub fn read() -> Fallible<Self> {
        let document: Value = serde_json::from_str(SHAPES)?;
        let shapes = document["shapes"].as_array().ok_or("no shapes")?;
        Ok(Self { all: shapes.iter().map(Shape::read).collect::<Fallible<_>>()? })
    }

    /// One by chance; those of global services are recorded in us-east-1 alone.
    pub fn pick(&self, region: &str, random: &mut Random) -> &Shape {
        let here = |shape: &&Shape| !shape.global || region == "us-east-1";
        let all: u64 = self.all.iter().filter(here).map(|shape| shape.weight).sum();
        let mut at = random.below(all);
        for shape in self.all.iter().filter(here) {
            if at < shape.weight {
                return shape;
            }
            at -= shape.weight;
        }
        &self.all[0]
    }
}

impl Shape {
    fn read(shape: &Value) -> Fallible<Self> {
        let by = shape["by"].as_str().ok_or("a shape of nobody")?.to_owned();
        let record = record(&shape["record"], by.starts_with("service") || by == "cfn")?;
        let mut sorted = record.clone();
        sorted.sort_all_objects();
        Ok(Self {
            weight: shape["weight"].as_u64().ok_or("a shape without weight")?,
            by,
            global: shape["global"].as_bool().unwrap_or(false),
            ordinary: Template::of(&record)?,
            sorted: Template::of(&sorted)?,
        })
    }

    /// Writes a record of this shape.
    pub fn write(&self, scene: &Scene<'_>, actor: &Actor, random: &mut Random, out: &mut String) {
        // Not all writers put eventVersion first.
        let template = if random.below(40) == 0 { &self.sorted } else { &self.ordinary };
        template.write(scene, actor, random, out);
    }
}

/// A record that is met once: what `shapes.json` holds of a record, and the rest.
pub fn single(
    parts: &Value,
    scene: &Scene<'_>,
    actor: &Actor,
    random: &mut Random,
) -> Fallible<String> {
    let mut out = String::new();
    Template::of(&record(parts, false)?)?.write(scene, actor, random, &mut out);
    Ok(out)
}

/// The whole record, its members in AWS's order.
fn record(parts: &Value, by_service: bool) -> Fallible<Value> {
    let source = parts["eventSource"].as_str().ok_or("a shape without a source")?;
    let mut record = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        value.map(|value| record.insert(name.to_owned(), value));
    };
    let part = |name: &str| parts.get(name).cloned();
    let text = |text: &str| Some(Value::from(text));
    let data = parts["eventCategory"] == "Data";
    put("eventVersion", text("1.11"));
    put("userIdentity", text("<identity>"));
    put("eventTime", text("<time>"));
    put("eventSource", text(source));
    put("eventName", part("eventName"));
    put("awsRegion", text("<region>"));
    put("sourceIPAddress", text("<address>"));
    put("userAgent", text("<agent>"));
    for name in ["errorCode", "errorMessage", "requestParameters", "responseElements"] {
        put(name, part(name));
    }
    put("additionalEventData", part("additionalEventData"));
    put("requestID", text("<uuid>"));
    put("eventID", text("<uuid>"));
    put("readOnly", part("readOnly"));
    put("resources", part("resources"));
    put("eventType", part("eventType").or(text("AwsApiCall")));
    put("managementEvent", Some((!data).into()));
    put("recipientAccountId", text("<account>"));
    put("eventCategory", text(if data { "Data" } else { "Management" }));
    if !by_service {
        let host = source.replace(".amazonaws", ".<region>.amazonaws");
        let tls = [
            ("tlsVersion", "TLSv1.3"),
            ("cipherSuite", "TLS_AES_128_GCM_SHA256"),
            ("clientProvidedHostHeader", host.as_str()),
        ];
        let tls = tls.map(|(name, value)| (name.to_owned(), Value::from(value)));
        put("tlsDetails", Some(Value::Object(tls.into_iter().collect())));
    }
    Ok(Value::Object(record))
}

impl Template {
    /// What stands between `<` and `>` is filled in; as a whole value, a number or an object
    /// stands there without its quotes.
    fn of(record: &Value) -> Fallible<Self> {
        let json = record.to_string();
        let mut pieces = Vec::new();
        let mut slots: BTreeMap<&str, usize> = BTreeMap::new();
        let mut rest = json.as_str();
        while let Some((before, after)) = rest.split_once('<') {
            let (token, after) = after.split_once('>').ok_or("a < without its >")?;
            let (what, label) = match token.split_once('#') {
                Some((what, _)) => (what, Some(token)),
                None => (token, None),
            };
            let count = slots.len();
            let slot = label.map(|label| *slots.entry(label).or_insert(count));
            let blank = Blank::read(what)?;
            let bare = matches!(blank, Blank::Number(..) | Blank::Identity) || what == "epochms";
            let (mut before, mut after) = (before, after);
            if bare
                && let Some(unquoted) = before.strip_suffix(":\"")
                && let Some(following) = after.strip_prefix('"')
            {
                before = &before[..=unquoted.len()];
                after = following;
            }
            pieces.push(Piece::Text(as_aws(before)));
            pieces.push(Piece::Blank(blank, slot));
            rest = after;
        }
        pieces.push(Piece::Text(as_aws(rest)));
        Ok(Self { pieces, slots: slots.len() })
    }

    fn write(&self, scene: &Scene<'_>, actor: &Actor, random: &mut Random, out: &mut String) {
        let mut filled: Vec<Option<String>> = vec![None; self.slots];
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Blank(blank, None) => blank.fill(scene, actor, random, out),
                Piece::Blank(blank, Some(slot)) => {
                    let text = filled[*slot].get_or_insert_with(|| {
                        let mut text = String::new();
                        blank.fill(scene, actor, random, &mut text);
                        text
                    });
                    out.push_str(text);
                }
            }
        }
    }
}

impl Blank {
    fn read(what: &str) -> Fallible<Self> {
        let (what, rest) = what.split_once(':').unwrap_or((what, ""));
        let alphabet = match what {
            "hex" => HEX,
            "hexup" => HEX_UPPER,
            "upper" => BASE32,
            "digits" => DIGITS,
            "alnum" => ALNUM,
            "base64" => BASE64,
            "base64url" => BASE64_URL,
            "int" => {
                let (from, to) = rest.split_once(':').ok_or("a number without bounds")?;
                return Ok(Self::Number(from.parse()?, to.parse()?));
            }
            "word" if !rest.is_empty() => {
                return Ok(Self::Choice(rest.split(',').map(str::to_owned).collect()));
            }
            "identity" => return Ok(Self::Identity),
            _ => return Ok(Self::Simple(what.to_owned())),
        };
        Ok(Self::Signs(alphabet, rest.parse()?))
    }

    fn fill(&self, scene: &Scene<'_>, actor: &Actor, random: &mut Random, out: &mut String) {
        match self {
            Self::Signs(alphabet, length) => random.signs(alphabet, *length, out),
            Self::Number(from, to) => {
                out.push_str(&(from + random.below(to - from + 1)).to_string());
            }
            Self::Choice(words) => out.push_str(random.pick::<String>(words)),
            Self::Identity => out.push_str(&actor.identity),
            Self::Simple(what) => match what.as_str() {
                "uuid" => random.uuid_to(out),
                "time" => out.push_str(&moment::iso(scene.time)),
                "account" => out.push_str(&scene.cast.account),
                "region" => out.push_str(scene.region),
                "address" => out.push_str(&actor.address),
                "agent" => out.push_str(&actor.agent),
                "arn" => out.push_str(&actor.arn),
                "ip" => out.push_str(&cast::address(random)),
                "word" => out.push_str(cast::word(random)),
                "name" => out.push_str(scene.cast.name(random)),
                "resource" => out.push_str(scene.cast.resource(random)),
                "role" => out.push_str(scene.cast.role(random)),
                "user" => out.push_str(scene.cast.user(random)),
                "function" => out.push_str(scene.cast.function(random)),
                "bucket" => out.push_str(scene.cast.bucket(random)),
                "key" => out.push_str(scene.cast.key(random)),
                "other" => out.push_str(cast::other_account(random)),
                "expires" => out.push_str(&moment::spoken(scene.time + 3600)),
                "epochms" => out.push_str(&(scene.time * 1000).to_string()),
                "lastmodified" => {
                    let time = moment::iso(scene.time);
                    out.push_str(time.trim_end_matches('Z'));
                    out.push('.');
                    random.signs(DIGITS, 3, out);
                    out.push_str("+0000");
                }
                other => unreachable!("no blank is called {other}"),
            },
        }
    }
}
