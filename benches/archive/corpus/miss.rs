//! Records that look like the case's and are not: none of them may be kept.

use serde_json::{Value, json};

use super::{
    Fallible, Options,
    case::Case,
    cast::{Actor, Cast},
    plan,
    random::{BASE32, Random},
    shape::{Scene, single},
    sown::{Sown, Why},
};

const DAY: i64 = 24 * 3600;

/// All of them.
pub fn all(case: &Case, options: &Options) -> Fallible<Vec<Sown>> {
    let mut maker = Maker {
        case,
        casts: plan::accounts(case).iter().map(|id| Cast::of(options.seed, id)).collect(),
        regions: plan::regions(case),
        // Nothing is sown into the first days, so that all of it is in the archive.
        from: case.found - i64::from(options.days - 2) * DAY,
        random: Random::of(options.seed, "near misses"),
        sown: Vec::new(),
    };
    for round in 0..options.misses {
        maker.names(round)?;
        maker.elsewhere()?;
        maker.beside()?;
        maker.keys()?;
        maker.sessions()?;
        maker.actor(round)?;
    }
    Ok(maker.sown)
}

struct Maker<'a> {
    case: &'a Case,
    casts: Vec<Cast>,
    regions: Vec<String>,
    from: i64,
    random: Random,
    sown: Vec<Sown>,
}

/// A call to Lambda that would be the case's, were it about its function.
fn update(function: &str) -> Value {
    json!({
        "eventSource": "lambda.amazonaws.com",
        "eventName": "UpdateFunctionCode20150331v2",
        "requestParameters": { "functionName": function, "publish": false, "dryRun": false },
        "responseElements": { "functionName": function, "revisionId": "<uuid>" },
        "readOnly": false,
    })
}

fn call(source: &str, name: &str, request: Value) -> Value {
    json!({
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "requestParameters": request,
        "responseElements": null,
        "readOnly": false,
    })
}

impl Maker<'_> {
    /// At any time, by somebody who has nothing to do with the case.
    fn add(
        &mut self,
        kind: &'static str,
        account: usize,
        region: &str,
        parts: &Value,
    ) -> Fallible<()> {
        let actor = self.bystander(account);
        let time = self.random.moment(self.from, self.case.found);
        self.add_by(kind, account, region, parts, &actor, time)
    }

    fn add_by(
        &mut self,
        kind: &'static str,
        account: usize,
        region: &str,
        parts: &Value,
        actor: &Actor,
        time: i64,
    ) -> Fallible<()> {
        let scene = Scene { cast: &self.casts[account], region, time };
        let text = single(parts, &scene, actor, &mut self.random)?;
        self.sown.push(Sown::of(Why::Near(kind), text, self.case)?);
        Ok(())
    }

    fn bystander(&mut self, account: usize) -> Actor {
        let id = format!("AIDA{}", self.random.text(BASE32, 17));
        let name = format!("bystander-{}", self.random.below(40));
        self.casts[account].named_user(&name, &id, true, &mut self.random)
    }

    /// Names that begin or end like the case's.
    fn names(&mut self, round: usize) -> Fallible<()> {
        let (case, home) = (self.case, self.case.region.clone());
        let name = &case.function;
        let suffixed = [format!("{name}-2"), format!("{name}_old"), format!("{name}er")];
        let prefixed = [format!("my-{name}"), format!("re{name}"), format!("0{name}")];
        let [suffixed, prefixed] = [suffixed, prefixed].map(|names| names[round % 3].clone());
        self.add("function name with a suffix", 0, &home, &update(&suffixed))?;
        self.add("function name with a prefix", 0, &home, &update(&prefixed))?;
        self.add("ARN of a function with a suffix", 0, &home, &update(&case.arn_of(&suffixed)))?;
        self.add("function name in other capitals", 0, &home, &update(&name.to_uppercase()))?;
        let role = &case.role;
        let policy = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
        for (kind, role) in [
            ("role name with a suffix", format!("{role}-{}", 2 + round)),
            ("role name with a prefix", format!("x-{role}")),
        ] {
            let request = json!({ "roleName": role, "policyArn": policy });
            self.add(kind, 0, "us-east-1", &call("iam", "AttachRolePolicy", request))?;
        }
        Ok(())
    }

    /// The right names in other accounts and Regions.
    fn elsewhere(&mut self) -> Fallible<()> {
        let (case, home) = (self.case, self.case.region.clone());
        let away = self.regions[2].clone();
        self.add("same name in another account", 1, &home, &update(&case.function))?;
        self.add("same name in another Region", 0, &away, &update(&case.function))?;
        let foreign = case.arn_of(&case.function).replace(&case.account, &self.casts[1].account);
        self.add("ARN of the same name in another account", 0, &home, &update(&foreign))?;
        let request = json!({
            "roleName": case.role, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
        });
        let attach = call("iam", "AttachRolePolicy", request);
        self.add("same role name in another account", 1, "us-east-1", &attach)
    }

    /// The name where it does not say what the call is about.
    fn beside(&mut self) -> Fallible<()> {
        let (case, home) = (self.case, self.case.region.clone());
        let name = &case.function;
        let time = self.random.moment(self.from, case.found);
        let mut actor = self.bystander(0);
        actor.agent = format!("deploy-tool/1.0 ({name}; {})", case.arn_of(name));
        let list = call("lambda", "ListFunctions20150331", json!({ "maxItems": 50 }));
        self.add_by("in a user agent", 0, &home, &list, &actor, time)?;

        let mut failed = call("s3", "GetBucketLocation", json!({ "bucketName": "<bucket>" }));
        failed["errorCode"] = "NoSuchTagSet".into();
        failed["errorMessage"] = format!("There is no tag set for {name} here").into();
        self.add("in an error message", 0, &home, &failed)?;
        let mut denied = call("lambda", "GetFunction20150331v2", Value::Null);
        denied["errorCode"] = "AccessDenied".into();
        denied["errorMessage"] = format!(
            "User: <arn> is not authorized to perform: lambda:GetFunction on resource: {}-blue because no \
             identity-based policy allows the lambda:GetFunction action",
            case.arn_of(name)
        )
        .into();
        self.add("ARN with a suffix in an error message", 0, &home, &denied)?;

        let tags = json!({
            "resourcesSet": { "items": [{ "resourceId": "i-0<hex:16>" }] },
            "tagSet": { "items": [{ "key": "calls", "value": name }] },
        });
        self.add("in a tag value", 0, &home, &call("ec2", "CreateTags", tags))?;
        let mut described = update("<function>");
        described["requestParameters"]["description"] =
            format!("Was split off from {name} – voilà").into();
        self.add("in a description", 0, &home, &described)?;
        let logs = json!({ "logGroupName": format!("/aws/lambda/{name}-archive") });
        self.add("in the name of a log group", 0, &home, &call("logs", "CreateLogGroup", logs))
    }

    /// The actor's key in longer words.
    fn keys(&mut self) -> Fallible<()> {
        let (key, home) = (self.case.actor_key.clone(), self.case.region.clone());
        let longer = json!({ "userName": "<user>", "accessKeyId": format!("{key}Z7") });
        let update = call("iam", "DeleteAccessKey", longer);
        self.add("key id as part of a longer one", 0, "us-east-1", &update)?;
        let object = json!({ "bucketName": "<bucket>", "key": format!("dump/x{key}.txt") });
        self.add("key id in the name of an object", 0, &home, &call("s3", "DeleteObject", object))
    }

    /// Sessions that bear the names of the case's.
    fn sessions(&mut self) -> Fallible<()> {
        let (case, home) = (self.case, self.case.region.clone());
        let near = case.found - 1800 - i64::try_from(self.random.below(1800)).expect("small");
        let parameter = json!({ "name": "/<word>/<name>", "withDecryption": true });
        let read = call("ssm", "GetParameter", parameter);
        for (kind, role, session) in [
            ("session of the function's name of another role", "<name>", case.function.as_str()),
            ("session of the actor's name of another role", "<name>", &case.actor_session),
            ("session of the function's role for another function", &case.role, "<function>"),
        ] {
            let other = format!("{}-other", self.casts[0].role(&mut self.random));
            let role = role.replace("<name>", &other);
            let function = self.casts[0].function(&mut self.random);
            let session = session.replace("<function>", function);
            let actor = self.casts[0].named_session(&role, &session, near, &mut self.random);
            self.add_by(kind, 0, &home, &read, &actor, near)?;
        }
        Ok(())
    }

    /// The actor itself, at times that have nothing to do with the case: a second more than an
    /// hour after its last call and before its first one, and on other days.
    fn actor(&mut self, round: usize) -> Fallible<()> {
        let case = self.case;
        let times = &case.actor_times;
        let is_far = |time: i64| times.iter().all(|call| (time - call).abs() > 3600);
        let edges = times.iter().flat_map(|call| [call + 3601, call - 3601]);
        let mut edges: Vec<i64> = edges.filter(|time| is_far(*time)).collect();
        edges.sort_by_key(|time| (case.found - time).abs());
        let time = match edges.get(round / 2).filter(|_| round.is_multiple_of(2)) {
            Some(edge) => *edge,
            None => loop {
                let time = self.random.moment(self.from, case.found);
                if is_far(time) {
                    break time;
                }
            },
        };
        let parameter = json!({ "name": "/<word>/<name>", "withDecryption": false });
        let (actor, home) = (case.actor.clone(), case.region.clone());
        let read = call("ssm", "GetParameter", parameter);
        self.add_by("the actor at another time", 0, &home, &read, &actor, time)
    }
}
