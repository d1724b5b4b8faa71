//! A client that knows nothing but HTTP.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::aws::{CALLER_KEY, Fake, World};

/// The world of a sample.
pub fn sample(name: &str) -> World {
    World::of_bundle(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name))
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The content, if it is an answer of status 200.
    pub fn content(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// The error's code, which must be the same in header and body.
    pub fn code(&self) -> String {
        assert_ne!(self.status, 200, "{}", self.text());
        let code = self.json()["__type"].as_str().expect("a code").to_owned();
        assert_eq!(self.header("x-amzn-ErrorType"), code);
        code
    }
}

/// Somebody who asks in a Region, over one connection.
pub struct Client {
    stream: BufReader<TcpStream>,
    pub region: String,
    pub key: String,
    pub token: Option<String>,
    pub signed: Option<Timestamp>,
}

impl Client {
    pub fn of(fake: &Fake, region: &str) -> Self {
        let url = fake.url();
        let address = url.strip_prefix("http://").expect("http");
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        Self {
            stream: BufReader::new(stream),
            region: region.to_owned(),
            key: CALLER_KEY.to_owned(),
            token: None,
            signed: None,
        }
    }

    pub fn with_key(mut self, key: &str, token: Option<&str>) -> Self {
        self.key = key.to_owned();
        self.token = token.map(str::to_owned);
        self
    }

    pub fn config(&mut self, operation: &str, parameters: &Value) -> Answer {
        self.target("config", &format!("StarlingDoveService.{operation}"), parameters)
    }

    pub fn look_up(&mut self, parameters: &Value) -> Answer {
        self.target("cloudtrail", "CloudTrail_20131101.LookupEvents", parameters)
    }

    pub fn target(&mut self, service: &str, target: &str, parameters: &Value) -> Answer {
        let extra = [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")];
        self.ask(service, "POST", "/", &extra, &parameters.to_string()).expect("an answer")
    }

    pub fn guardduty(&mut self, method: &str, path: &str, parameters: &str) -> Answer {
        let extra = [("Content-Type", "application/json")];
        self.ask("guardduty", method, path, &extra, parameters).expect("an answer")
    }

    pub fn sts(&mut self, form: &str) -> Answer {
        let extra = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")];
        self.ask("sts", "POST", "/", &extra, form).expect("an answer")
    }

    /// Sends a request and reads the answer, whatever it is.
    pub fn ask(
        &mut self,
        service: &str,
        method: &str,
        path: &str,
        extra: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let Self { region, key, token, .. } = &*self;
        let signed = self.signed.unwrap_or_else(Timestamp::now).to_zoned(TimeZone::UTC);
        let day = signed.strftime("%Y%m%d");
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: client/1\r\nX-Amz-Date: \
             {}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={key}/{day}/{region}/{service}\
             /aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\nContent-Length: {}\r\n",
            signed.strftime("%Y%m%dT%H%M%SZ"),
            body.len(),
        );
        if let Some(token) = token {
            head += &format!("X-Amz-Security-Token: {token}\r\n");
        }
        for (name, value) in extra {
            head += &format!("{name}: {value}\r\n");
        }
        self.stream.get_mut().write_all(format!("{head}\r\n{body}").as_bytes())?;
        self.read()
    }

    fn read(&mut self) -> io::Result<Answer> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let status = lines[0].split(' ').nth(1).and_then(|status| status.parse().ok());
        let headers = lines.iter().skip(1).map(|line| line.split_once(": ").expect("a header"));
        let mut answer = Answer {
            status: status.expect("a status"),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: Vec::new(),
        };
        answer.body.resize(answer.header("content-length").parse().expect("a length"), 0);
        self.stream.read_exact(&mut answer.body)?;
        Ok(answer)
    }
}
