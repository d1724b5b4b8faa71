//! Who and what lives in an account: all made up, and nothing of it is the case's.

use serde_json::{Value, json};

use super::{
    escape::as_aws,
    moment::iso,
    random::{ALNUM, BASE32, DIGITS, HEX, Random},
};

/// Words of names. None is in the name of anything in `samples/`.
const WORDS: [&str; 48] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "glade", "heron", "iris", "jasper",
    "kelp", "linden", "maple", "nectar", "onyx", "pebble", "quartz", "raven", "sable", "thistle",
    "umber", "violet", "willow", "yarrow", "zephyr", "atlas", "basil", "coral", "dune", "eagle",
    "fern", "garnet", "hazel", "indigo", "juniper", "krill", "lotus", "marble", "nimbus", "opal",
    "poplar", "quill", "reef", "sorrel", "tundra", "vale", "wren", "yucca",
];

const ROLES: [&str; 8] = ["worker", "task", "node", "reader", "batch", "scan", "etl", "api"];

/// As they are met: two of them are no ASCII, one holds signs that AWS escapes.
const AGENTS: [&str; 12] = [
    "aws-sdk-go-v2/1.32.3 os/linux lang/go#1.23.1 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.198.1",
    "Boto3/1.34.46 md/Botocore#1.34.46 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.12.4",
    "aws-cli/2.17.20 md/awscrt#0.20.11 ua/2.0 os/macos#23.5.0 md/arch#arm64 lang/python#3.11.9",
    "aws-sdk-java/2.26.12 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10 lang/java#17.0.11",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.3 (+https://www.terraform.io) aws-sdk-go-v2/1.30.3",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)",
    "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.750 Linux/5.10.218 OpenJDK_64-Bit]",
    "aws-sdk-nodejs/2.1655.0 linux/v20.15.1 exec-env/AWS_Lambda_nodejs20.x promise",
    "amazon-ssm-agent/3.3.551.0",
    "Über-Sync/2.4 (données=日本; build<7>)",
    "aws-sdk-rust/1.3.2 os/linux lang/rust/1.79.0",
    "kubernetes/v1.30.0 aws-sdk-go/1.53.5 (go1.22.4; linux; amd64) karpenter.sh/v0.37.0",
];

/// Accounts that only others' records name.
const OTHERS: [&str; 4] = ["310298475610", "629104837755", "847261930412", "975310864207"];

/// A role or user, and its unique id.
#[derive(Clone, Debug)]
struct Principal {
    name: String,
    id: String,
}

/// One account.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Its id.
    pub account: String,
    roles: Vec<Principal>,
    humans: Vec<Principal>,
    users: Vec<Principal>,
    functions: Vec<String>,
    buckets: Vec<String>,
    keys: Vec<String>,
    names: Vec<String>,
    resources: Vec<String>,
}

/// Who makes calls, as their records tell it.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `userIdentity`, as JSON.
    pub identity: String,
    /// The identity's ARN; empty if it has none.
    pub arn: String,
    /// `sourceIPAddress`.
    pub address: String,
    /// `userAgent`, as it stands in JSON.
    pub agent: String,
}

impl Cast {
    /// The people and things of an account.
    pub fn of(seed: u64, account: &str) -> Self {
        let mut random = Random::of(seed, account);
        let mut list = |count: usize, make: &dyn Fn(&mut Random) -> String| -> Vec<String> {
            (0..count).map(|_| make(&mut random)).collect()
        };
        let roles = list(40, &|random| format!("{}-{}", name(random), random.pick(&ROLES)));
        let humans = list(6, &|random| {
            format!("AWSReservedSSO_{}Access_{}", capital(word(random)), random.text(HEX, 16))
        });
        let users = list(14, &|random| format!("{}.{}", word(random), word(random)));
        let functions = list(60, &name);
        let buckets = list(30, &|random| {
            format!(
                "{}-{}-{}",
                name(random),
                random.text(DIGITS, 6),
                random.pick(&["prod", "logs"])
            )
        });
        let keys = list(12, &Random::uuid);
        let names = list(80, &name);
        let resources = list(80, &|random| random.text(HEX, 16));
        let mut principals = |names: Vec<String>, start: &str| -> Vec<Principal> {
            let id = |random: &mut Random| format!("{start}{}", random.text(BASE32, 17));
            names.into_iter().map(|name| Principal { name, id: id(&mut random) }).collect()
        };
        Self {
            account: account.to_owned(),
            roles: principals(roles, "AROA"),
            humans: principals(humans, "AROA"),
            users: principals(users, "AIDA"),
            functions,
            buckets,
            keys,
            names,
            resources,
        }
    }

    /// The name of a role.
    pub fn role(&self, random: &mut Random) -> &str {
        &random.pick(&self.roles).name
    }

    /// The name of a user.
    pub fn user(&self, random: &mut Random) -> &str {
        &random.pick(&self.users).name
    }

    /// The name of a function.
    pub fn function(&self, random: &mut Random) -> &str {
        random.pick::<String>(&self.functions)
    }

    /// The name of a bucket.
    pub fn bucket(&self, random: &mut Random) -> &str {
        random.pick::<String>(&self.buckets)
    }

    /// The id of a KMS key.
    pub fn key(&self, random: &mut Random) -> &str {
        random.pick::<String>(&self.keys)
    }

    /// A name of something else.
    pub fn name(&self, random: &mut Random) -> &str {
        random.pick::<String>(&self.names)
    }

    /// The number of an instance, a volume, a subnet.
    pub fn resource(&self, random: &mut Random) -> &str {
        random.pick::<String>(&self.resources)
    }

    /// Somebody who acts around that moment: `by` is a word of `shapes.json`.
    pub fn actor(&self, by: &str, around: i64, random: &mut Random) -> Actor {
        match by.split_once(':') {
            Some((_, service)) if ["lambda", "ec2", "ecs-tasks"].contains(&service) => {
                let service = format!("{service}.amazonaws.com");
                let identity = json!({ "type": "AWSService", "invokedBy": service });
                actor(&identity, String::new(), service.clone(), &service)
            }
            Some((_, service)) => {
                let role = Principal {
                    name: format!("AWSServiceRoleFor{}", capital(service)),
                    id: format!("AROA{}", Random::of(1, service).text(BASE32, 17)),
                };
                let path = format!("aws-service-role/{service}.amazonaws.com/");
                self.session(&role, &path, service, Some(service), around, random)
            }
            None => match by {
                "user" => self.user_actor(Some(()), random),
                "signin" => self.user_actor(None, random),
                "account" => {
                    let id = format!("AROA{}:{}", random.text(BASE32, 17), word(random));
                    let other = *random.pick(&OTHERS);
                    let identity =
                        json!({ "type": "AWSAccount", "principalId": id, "accountId": other });
                    self.caller(&identity, String::new(), random)
                }
                "web" => {
                    let provider = format!(
                        "arn:aws:iam::{}:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/{}",
                        self.account,
                        random.text("0123456789ABCDEF", 32)
                    );
                    let user = format!("system:serviceaccount:{}:{}", word(random), name(random));
                    let identity = json!({
                        "type": "WebIdentityUser",
                        "principalId": format!("{provider}:sts.amazonaws.com:{user}"),
                        "userName": user,
                        "identityProvider": provider,
                    });
                    self.caller(&identity, String::new(), random)
                }
                "cfn" => {
                    let role = self.roles[random.position(3)].clone();
                    let service = Some("cloudformation");
                    self.session(&role, "", "AWSCloudFormation", service, around, random)
                }
                "sso" => {
                    let role = random.pick(&self.humans).clone();
                    let session = format!("{}@example.org", random.pick(&self.users).name);
                    let path = "aws-reserved/sso.amazonaws.com/eu-central-1/";
                    self.session(&role, path, &session, None, around, random)
                }
                _ => {
                    let role = random.pick(&self.roles).clone();
                    let session = match random.below(4) {
                        0 => format!("i-0{}", self.resource(random)),
                        1 => self.function(random).to_owned(),
                        2 => random.text(HEX, 32),
                        _ => format!("botocore-session-{}", random.text(DIGITS, 10)),
                    };
                    self.session(&role, "", &session, None, around, random)
                }
            },
        }
    }

    fn user_actor(&self, with_key: Option<()>, random: &mut Random) -> Actor {
        let user = random.pick(&self.users).clone();
        self.named_user(&user.name, &user.id, with_key.is_some(), random)
    }

    /// A user of that name.
    pub fn named_user(&self, name: &str, id: &str, has_key: bool, random: &mut Random) -> Actor {
        let arn = format!("arn:aws:iam::{}:user/{name}", self.account);
        let mut identity = json!({
            "type": "IAMUser", "principalId": id, "arn": arn, "accountId": self.account,
        });
        if has_key {
            identity["accessKeyId"] = format!("AKIA{}", random.text(BASE32, 16)).into();
        }
        identity["userName"] = name.into();
        self.caller(&identity, arn, random)
    }

    fn session(
        &self,
        role: &Principal,
        path: &str,
        session: &str,
        invoked_by: Option<&str>,
        around: i64,
        random: &mut Random,
    ) -> Actor {
        let Self { account, .. } = self;
        let arn = format!("arn:aws:sts::{account}:assumed-role/{}/{session}", role.name);
        let begun = random.moment(around - 3300, around - 900);
        let mut identity = json!({
            "type": "AssumedRole",
            "principalId": format!("{}:{session}", role.id),
            "arn": arn,
            "accountId": account,
            "accessKeyId": format!("ASIA{}", random.text(BASE32, 16)),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": role.id,
                    "arn": format!("arn:aws:iam::{account}:role/{path}{}", role.name),
                    "accountId": account,
                    "userName": role.name,
                },
                "attributes": { "creationDate": iso(begun), "mfaAuthenticated": "false" },
            },
        });
        if session.starts_with("i-0") {
            identity["sessionContext"]["ec2RoleDelivery"] = "2.0".into();
        }
        match invoked_by {
            Some(service) => {
                let service = format!("{service}.amazonaws.com");
                identity["invokedBy"] = service.clone().into();
                actor(&identity, arn, service.clone(), &service)
            }
            None => self.caller(&identity, arn, random),
        }
    }

    /// A session of the role of that name, at that moment.
    pub fn named_session(
        &self,
        role: &str,
        session: &str,
        around: i64,
        random: &mut Random,
    ) -> Actor {
        let id = format!("AROA{}", Random::of(2, role).text(BASE32, 17));
        let role = Principal { name: role.to_owned(), id };
        self.session(&role, "", session, None, around, random)
    }

    fn caller(&self, identity: &Value, arn: String, random: &mut Random) -> Actor {
        let address = address(random);
        actor(identity, arn, address, random.pick::<&str>(&AGENTS))
    }
}

fn actor(identity: &Value, arn: String, address: String, agent: &str) -> Actor {
    Actor { identity: as_aws(&identity.to_string()), arn, address, agent: as_aws(agent) }
}

/// An address that is in none of the ranges for documentation, where the samples' are.
pub fn address(random: &mut Random) -> String {
    let first = random.pick(&[18, 34, 52, 54, 93, 99, 3, 44]);
    let [b, c, d] = [random.below(256), random.below(256), 1 + random.below(254)];
    format!("{first}.{b}.{c}.{d}")
}

/// A word.
pub fn word(random: &mut Random) -> &'static str {
    random.pick::<&str>(&WORDS)
}

/// A name of two or three words.
fn name(random: &mut Random) -> String {
    let name = format!("{}-{}", word(random), word(random));
    match random.below(5) {
        0 => format!("{name}-{}", random.text(&ALNUM[26..52], 4)),
        _ => name,
    }
}

/// An account that is none of the archive's.
pub fn other_account(random: &mut Random) -> &'static str {
    random.pick::<&str>(&OTHERS)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
