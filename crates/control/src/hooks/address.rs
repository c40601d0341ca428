//! Which addresses a webhook may be sent to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address must not be called, or `None` where it may be. A server stands where its callers do not: what it
/// is made to call must not be its machine, its network, or the cloud's own services, whose answers are secrets.
/// `private` allows this machine and private networks, and nothing else of that.
pub fn refused(address: IpAddr, private: bool) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => refused_v4(v4, private),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => refused_v4(v4, private),
            None => refused_v6(v6, private),
        },
    }
}

fn refused_v4(address: Ipv4Addr, private: bool) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (169, 254, _) => Some("is a link-local address, where clouds keep their machines' secrets"),
        // Inside a shared range, so that `private` must not open it.
        (100, 100, 100) => Some("is where a cloud keeps its machines' secrets"),
        (0, ..) | (192, 0, 0) | (198, 18..=19, _) | (224.., ..) => Some("is no address of a host"),
        (127, ..) => unless(private, "is this machine"),
        (10, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => {
            unless(private, "is in a private network")
        }
        _ => None,
    }
}

fn refused_v6(address: Ipv6Addr, private: bool) -> Option<&'static str> {
    let first = address.segments()[0];
    match first {
        _ if address.is_loopback() => unless(private, "is this machine"),
        _ if address.segments()[..7] == [0xfd00, 0xec2, 0, 0, 0, 0, 0] => {
            Some("is where a cloud keeps its machines' secrets")
        }
        0xfc00..=0xfdff => unless(private, "is in a private network"),
        0xfe80..=0xfebf => Some("is a link-local address, where clouds keep their machines' secrets"),
        // Only global unicast, without documentation's and Teredo's part.
        0x2001 if matches!(address.segments()[1], 0 | 0xdb8) => Some("is no address of a host"),
        0x2000..=0x3fff => None,
        _ => Some("is no address of a host"),
    }
}

/// The IPv4 address that an IPv6 one leads to: mapped, compatible, NAT64, 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

fn unless(private: bool, why: &'static str) -> Option<&'static str> {
    (!private).then_some(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_into_the_house() {
        let always = [
            "0.0.0.0",
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.192",
            "198.18.0.1",
            "240.0.0.1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::169.254.169.254",
            "2001::1",
            "2001:db8::1",
            "64:ff9b:1::1",
        ];
        let private = [
            "127.0.0.1",
            "127.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "::1",
            "fd12::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ];
        let open =
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1"];
        for (addresses, by_default, allowed) in
            [(&always[..], true, true), (&private[..], true, false), (&open[..], false, false)]
        {
            for address in addresses {
                let parsed: IpAddr = address.parse().unwrap();
                assert_eq!(refused(parsed, false).is_some(), by_default, "{address}");
                assert_eq!(refused(parsed, true).is_some(), allowed, "{address}, private allowed");
            }
        }
    }
}
