//! Who asks, where proxies stand in front: what they say is believed only of proxies that the operator named.

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies that are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

/// All addresses that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    /// IPv4 as it is mapped into IPv6, so that there is one kind.
    address: u128,
    /// How many of its 128 bits count.
    bits: u32,
}

impl Proxies {
    /// Reads networks, as `10.0.0.0/8`, and single addresses.
    ///
    /// # Errors
    /// Each that is none, with what is wrong with it.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Proxies, Vec<String>> {
        let (mut proxies, mut mistakes) = (vec![], vec![]);
        for text in texts {
            match Network::read(text) {
                None => mistakes.push(format!(
                    "{text:?} is no network; write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7"
                )),
                Some(network) if network.is_everybody() => mistakes.push(format!(
                    "{text:?} is everybody, who could then say they were anybody; name your proxies only"
                )),
                Some(network) => proxies.push(network),
            }
        }
        if mistakes.is_empty() { Ok(Proxies(proxies)) } else { Err(mistakes) }
    }

    /// The address of who asks. Each proxy adds whom it was asked by at the end of `X-Forwarded-For`, so that it is read
    /// from there, hop by hop, and no further than to the first that is not believed: what stands before it anybody may
    /// have written.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.believes(client) {
            return client;
        }
        let values = headers.get_all(FORWARDED_FOR).iter().collect::<Vec<_>>().into_iter().rev();
        let hops = values.flat_map(|value| value.to_str().unwrap_or("?").rsplit(','));
        for hop in hops {
            // Of a hop that nobody can read the proxy is all that is known.
            let Some(address) = address(hop.trim()) else { return client };
            client = address;
            if !self.believes(client) {
                break;
            }
        }
        client
    }

    fn believes(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }
}

impl Network {
    fn read(text: &str) -> Option<Network> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u32>().ok()?)),
            None => (text.trim().parse().ok()?, None),
        };
        let (before, most) = if address.is_ipv4() { (96, 32) } else { (0, 128) };
        let bits = bits.unwrap_or(most);
        (bits <= most).then(|| Network { address: mapped(address), bits: before + bits })
    }

    /// True where it has all addresses, or all of IPv4.
    fn is_everybody(&self) -> bool {
        let some = IpAddr::from([0, 0, 0, 0]);
        self.bits == 0 || self.bits <= 96 && self.has(some)
    }

    fn has(&self, address: IpAddr) -> bool {
        let differ = self.address ^ mapped(address);
        differ.leading_zeros() >= self.bits
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => Ipv6Addr::to_bits(v6),
    }
}

/// An address as proxies write it: some with a port, IPv6 then in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(inside, _)| inside);
    let found = bare.unwrap_or(text).parse().ok();
    let found = found.or_else(|| text.parse().ok().map(|socket: std::net::SocketAddr| socket.ip()));
    found.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let proxies = Proxies::read(["10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48"]).unwrap();
        let headers = forwarded.iter().fold(HeaderMap::new(), |mut headers, value| {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
            headers
        });
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_proxies_are_believed_and_only_what_they_know() {
        for (peer, forwarded, found) in [
            // Nobody in front, or nobody who is believed.
            ("203.0.113.9", &[][..], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("11.0.0.1", &["198.51.100.1"], "11.0.0.1"),
            ("192.0.2.8", &["198.51.100.1"], "192.0.2.8"),
            // One proxy; what the client wrote itself stands before what the proxy added.
            ("10.1.2.3", &["198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", &["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", &["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
            ("192.0.2.7", &["10.9.9.9, 198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.1.2.3", &["198.51.100.1:4711"], "198.51.100.1"),
            // Several; the first that is not one of them asks.
            ("10.1.2.3", &["1.1.1.1, 198.51.100.1, 10.0.0.2", "192.0.2.7"], "198.51.100.1"),
            ("2001:db8:1::5", &["[2001:db8:2::9]:443 , 10.0.0.2"], "2001:db8:2::9"),
            ("2001:db8:2::5", &["198.51.100.1"], "2001:db8:2::5"),
            // A proxy that asks for itself, and what can't be read.
            ("10.1.2.3", &[], "10.1.2.3"),
            ("10.1.2.3", &["10.0.0.9"], "10.0.0.9"),
            ("10.1.2.3", &["1.1.1.1, unknown"], "10.1.2.3"),
            ("10.1.2.3", &["1.1.1.1,"], "10.1.2.3"),
            ("10.1.2.3", &["1.1.1.1, _hidden, 10.0.0.9"], "10.0.0.9"),
        ] {
            assert_eq!(client(peer, forwarded), found, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_told_all_at_once() {
        let mistakes =
            Proxies::read(["10.0.0.0/33", "lb.internal", "0.0.0.0/0", "::/0", "::/80", "10.0.0.0/8", ""]);
        assert_eq!(mistakes.unwrap_err().len(), 6);
        assert!(Proxies::read(["10.1.2.3/32", " ::1 ", "2001:db8::/96"]).is_ok());
        assert_eq!(Proxies::read([]).unwrap(), Proxies::default());
    }
}
