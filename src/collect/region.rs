//! The Regions of AWS, and which partition each belongs to.

/// A partition: its name, the Region that records IAM and the global STS endpoint, what the names
/// of its Regions begin with, and its Regions.
struct Partition {
    name: &'static str,
    global: &'static str,
    prefixes: &'static [&'static str],
    regions: &'static [&'static str],
}

/// Of botocore 1.44.5: `data/partitions.json` without its `…-global` entries, and for `global` the
/// credential scope of IAM in `data/endpoints.json`, or the partition's implicit Region where IAM
/// has none there.
///
/// The commercial partition comes first, because a name that begins like no other is one of its.
static PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws",
        global: "us-east-1",
        prefixes: &[],
        regions: &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    },
    Partition {
        name: "aws-cn",
        global: "cn-north-1",
        prefixes: &["cn-"],
        regions: &["cn-north-1", "cn-northwest-1"],
    },
    Partition {
        name: "aws-eusc",
        global: "eusc-de-east-1",
        prefixes: &["eusc-"],
        regions: &["eusc-de-east-1"],
    },
    Partition {
        name: "aws-iso",
        global: "us-iso-east-1",
        prefixes: &["us-iso-"],
        regions: &["us-iso-east-1", "us-iso-west-1"],
    },
    Partition {
        name: "aws-iso-b",
        global: "us-isob-east-1",
        prefixes: &["us-isob-"],
        regions: &["us-isob-east-1", "us-isob-west-1"],
    },
    Partition {
        name: "aws-iso-e",
        global: "eu-isoe-west-1",
        prefixes: &["eu-isoe-"],
        regions: &["eu-isoe-west-1"],
    },
    Partition {
        name: "aws-iso-f",
        global: "us-isof-south-1",
        prefixes: &["us-isof-"],
        regions: &["us-isof-east-1", "us-isof-south-1"],
    },
    Partition {
        name: "aws-us-gov",
        global: "us-gov-west-1",
        prefixes: &["us-gov-"],
        regions: &["us-gov-east-1", "us-gov-west-1"],
    },
];

/// The Regions of a partition, in the order of their names; none of a partition that is not known.
///
/// Not every account has every one of them enabled, and new ones come: a Region that is missing
/// here can be asked all the same.
pub fn all(partition: &str) -> &'static [&'static str] {
    named(partition).map_or(&[], |known| known.regions)
}

/// The partition of a Region by how its name begins: `aws-cn` of `cn-north-1`, and `aws` of
/// whatever begins like no other.
pub fn partition_of(region: &str) -> &'static str {
    PARTITIONS
        .iter()
        .find(|known| known.prefixes.iter().any(|prefix| region.starts_with(prefix)))
        .map_or("aws", |known| known.name)
}

/// The Region in which `CloudTrail` records what belongs to none: IAM, and the global endpoint of
/// STS. That of `aws` when the partition is not known.
pub fn global(partition: &str) -> &'static str {
    named(partition).map_or("us-east-1", |known| known.global)
}

/// Whether a text has the shape of a Region's name: 1 to 30 letters, digits and inner dashes.
///
/// It need not be a Region that is known here. What passes is one label of a host name and nothing
/// more, so that a Region that was typed cannot lead a request to another host.
pub fn is_name(region: &str) -> bool {
    (1..=30).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-')
}

/// Whether a text has the shape of a partition's name: `aws`, or `aws-` and what tells it apart.
pub fn is_partition(name: &str) -> bool {
    name == "aws" || (name.starts_with("aws-") && is_name(name))
}

fn named(partition: &str) -> Option<&'static Partition> {
    PARTITIONS.iter().find(|known| known.name == partition)
}

#[cfg(test)]
mod tests {
    use super::{PARTITIONS, all, global, is_name, is_partition, partition_of};

    #[test]
    fn every_region_stands_once_in_its_partition_and_in_order() {
        for partition in &PARTITIONS {
            let regions = all(partition.name);
            assert!(is_partition(partition.name), "{}", partition.name);
            assert!(regions.is_sorted_by(|a, b| a < b), "{}", partition.name);
            assert!(regions.contains(&global(partition.name)), "{}", partition.name);
            for region in regions {
                assert_eq!(partition_of(region), partition.name, "{region}");
                assert!(is_name(region), "{region}");
            }
        }
    }

    #[test]
    fn a_partition_has_its_regions() {
        assert_eq!(all("aws-cn"), ["cn-north-1", "cn-northwest-1"]);
        assert_eq!(all("aws-us-gov"), ["us-gov-east-1", "us-gov-west-1"]);
        assert_eq!(all("aws").len(), 36);
        assert!(all("aws").contains(&"ap-northeast-1"));
        assert!(all("moon").is_empty());
    }

    #[test]
    fn iam_is_recorded_in_one_region_of_a_partition() {
        assert_eq!(global("aws"), "us-east-1");
        assert_eq!(global("aws-us-gov"), "us-gov-west-1");
        assert_eq!(global("aws-cn"), "cn-north-1");
    }

    #[test]
    fn a_region_of_tomorrow_has_a_partition() {
        assert_eq!(partition_of("us-gov-north-7"), "aws-us-gov");
        assert_eq!(partition_of("cn-south-1"), "aws-cn");
        assert_eq!(partition_of("us-isob-west-9"), "aws-iso-b");
        assert_eq!(partition_of("us-south-1"), "aws");
        assert_eq!(partition_of("eugov-eastcentral-1r"), "aws");
    }

    #[test]
    fn what_could_lead_to_another_host_is_no_name() {
        for name in ["eu-west-1", "eugov-eastcentral-1r", "a", &"a".repeat(30)] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "-",
            "-eu-west-1",
            "eu-west-1-",
            "eu west 1",
            "eu-west-1.example.com",
            "eu-west-1/",
            "x@example.com",
            "eu-west-1#",
            "eu-west-1\n",
            "eu_west_1",
            "eu-wést-1",
            "eu-west-1:8080",
            &"a".repeat(31),
        ] {
            assert!(!is_name(name), "{name:?}");
        }
        for name in ["", "AWS", "awsome", "aws-", "aws-cn/", "aws:cn"] {
            assert!(!is_partition(name), "{name:?}");
        }
    }
}
