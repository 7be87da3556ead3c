//! Serial ports: which there are, and opening one. The only use of `serialport`.
//!
//! A port is opened without flow control, since the bytes 11 and 13 would vanish otherwise, and for this
//! program alone; with DTR set, since boards with USB of their own send nothing without. Nothing is
//! written to a port, unless its sensor has to be asked for every sample and the user named both
//! ([`OpenPort::asking`]), or the user wants settings to be written ([`super::configure`]); and it is never set to 1200 bits a second, which starts the boot loader of some
//! boards.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serialport::{ClearBuffer, ErrorKind, FlowControl, SerialPort, SerialPortType, UsbPortInfo};

use super::asking::Asking;
use super::known_usb;
use crate::protocol::Ask;

/// A read returns after so long at the latest, so that the program answers to Ctrl-C.
const TIMEOUT: Duration = Duration::from_millis(50);
/// And the shortest wait for an answer.
const SHORTEST: Duration = Duration::from_millis(1);
/// Slower than any sensor, and dangerous: see above.
const TOUCH_BAUD: u32 = 1200;
/// Where Linux keeps links that are called after the device.
const BY_ID: &str = "/dev/serial/by-id";

/// A serial port of this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// As the system calls it: `/dev/ttyUSB0`, `COM3`.
    pub name: String,
    /// What is behind it, for people.
    pub kind: String,
    /// What it is on USB.
    pub usb: Option<Usb>,
    /// A name that stays when it is plugged in elsewhere.
    pub by_id: Option<PathBuf>,
}

/// A device on USB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usb {
    /// Number of its vendor.
    pub vid: u16,
    /// Number of its kind.
    pub pid: u16,
    /// Its own number, where it has one.
    pub serial: Option<String>,
}

impl Usb {
    /// What devices with these numbers often are; the same chip sits in very different ones.
    pub fn likely(&self) -> Option<&'static str> {
        known_usb::likely(self.vid, self.pid)
    }

    /// It shows itself as the boot loader of a board, which sends nothing.
    pub fn is_boot_loader(&self) -> bool {
        known_usb::is_boot_loader(self.vid, self.pid)
    }
}

/// The ports could not be listed.
#[derive(Debug, thiserror::Error)]
#[error("the system does not tell its serial ports")]
pub struct PortError(#[from] serialport::Error);

/// Why a port could not be opened; no path inside, the caller knows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is nothing of this name.
    #[error("there is no such port; plug the sensor in, and see `neckrom ports` for its name")]
    Missing,
    /// It is something else.
    #[error("this is no serial port; `neckrom ports` shows which there are")]
    NotAPort,
    /// Another program has it.
    #[error(
        "another program has this port open; close it (a serial monitor, the sensor's own software, \
         or ModemManager, which looks at new ports for some seconds)"
    )]
    Busy,
    /// The user may not.
    #[error("you may not open this port; {0}")]
    NoRights(String),
    /// A speed that does harm.
    #[error("1200 bits a second starts the boot loader of some boards; give another --baud")]
    BootLoaderTouch,
    /// What the system said.
    #[error("the port could not be opened: {0}")]
    Other(String),
}

/// All serial ports, those on USB first, then by name.
///
/// # Errors
/// When the system refuses to tell.
pub fn list() -> Result<Vec<Port>, PortError> {
    let mut ports = serialport::available_ports()?;
    // Under macOS each port has two names, and the one called tty waits for a carrier.
    ports.retain(|port| !(cfg!(target_os = "macos") && port.port_name.contains("/tty.")));
    ports.sort_by_key(|port| {
        (
            !matches!(port.port_type, SerialPortType::UsbPort(_)),
            port.port_name.clone(),
        )
    });
    let links = links();
    let described = |port: serialport::SerialPortInfo| Port {
        kind: kind(&port.port_type),
        usb: usb(&port.port_type),
        by_id: link_to(&links, &port.port_name),
        name: port.port_name,
    };
    Ok(ports.into_iter().map(described).collect())
}

fn kind(port: &SerialPortType) -> String {
    match port {
        SerialPortType::UsbPort(usb) => {
            let product = usb.product.as_deref().unwrap_or("device");
            format!("USB {:04x}:{:04x} {product}", usb.vid, usb.pid)
        }
        SerialPortType::BluetoothPort => "Bluetooth".to_owned(),
        SerialPortType::PciPort => "built in".to_owned(),
        SerialPortType::Unknown => "of unknown kind".to_owned(),
    }
}

fn usb(port: &SerialPortType) -> Option<Usb> {
    match port {
        SerialPortType::UsbPort(UsbPortInfo {
            vid,
            pid,
            serial_number,
            ..
        }) => Some(Usb {
            vid: *vid,
            pid: *pid,
            serial: serial_number.clone(),
        }),
        SerialPortType::BluetoothPort | SerialPortType::PciPort | SerialPortType::Unknown => None,
    }
}

/// The links of [`BY_ID`], with what they lead to.
fn links() -> Vec<(PathBuf, PathBuf)> {
    let entries = Path::new(BY_ID).read_dir().into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .filter_map(|link| Some((link.canonicalize().ok()?, link)))
        .collect()
}

fn link_to(links: &[(PathBuf, PathBuf)], name: &str) -> Option<PathBuf> {
    let found = links.iter().find(|link| link.0 == Path::new(name));
    found.map(|link| link.1.clone())
}

/// A port that is open.
#[derive(Debug)]
pub struct OpenPort {
    port: Box<dyn SerialPort>,
    baud: u32,
    asking: Option<Asking>,
}

impl Read for OpenPort {
    /// Asks first, where the sensor has to be asked and that is due, and waits no longer than until the
    /// next time.
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if let Some(asking) = &mut self.asking {
            if let Some(request) = asking.due(Instant::now()) {
                self.port.write_all(request)?;
            }
            let wait = asking.wait(Instant::now());
            self.port.set_timeout(wait.clamp(SHORTEST, TIMEOUT))?;
        }
        self.port.read(bytes)
    }
}

impl Write for OpenPort {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.port.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.port.flush()
    }
}

impl OpenPort {
    /// The same, asked for every sample in this way from the next read on; `None` leaves it as it is.
    #[must_use]
    pub fn asking(mut self, ask: Option<Ask>) -> Self {
        let asking = ask.map(|ask| Asking::new(ask, self.baud, Instant::now()));
        self.asking = asking.or(self.asking);
        self
    }

    /// Sets another speed, and forgets what came at the one before.
    ///
    /// # Errors
    /// When the port does not take it.
    pub fn set_baud(&mut self, baud: u32) -> io::Result<()> {
        self.port.set_baud_rate(baud)?;
        self.port.clear(ClearBuffer::Input)?;
        self.baud = baud;
        let asking = self.asking.as_ref();
        self.asking = asking.map(|asking| asking.at_baud(baud, Instant::now()));
        Ok(())
    }
}

/// Opens a port at this speed, in bits a second.
///
/// # Errors
/// When it is not there, is no port, is taken, or the user may not.
pub fn open(path: &str, baud: u32) -> Result<OpenPort, OpenError> {
    if baud == TOUCH_BAUD {
        return Err(OpenError::BootLoaderTouch);
    }
    let mut port = serialport::new(path, baud)
        .timeout(TIMEOUT)
        .flow_control(FlowControl::None)
        .exclusive(true)
        .open()
        .map_err(|error| why_not(path, &error))?;
    // A pseudo-terminal has no such line, and needs none.
    drop(port.write_data_terminal_ready(true));
    Ok(OpenPort {
        port,
        baud,
        asking: None,
    })
}

fn why_not(path: &str, error: &serialport::Error) -> OpenError {
    let said = error.description.clone();
    match error.kind {
        ErrorKind::NoDevice if Path::new(path).exists() || cfg!(windows) => OpenError::Busy,
        ErrorKind::NoDevice | ErrorKind::Io(io::ErrorKind::NotFound) => OpenError::Missing,
        ErrorKind::Io(io::ErrorKind::PermissionDenied) if cfg!(windows) => OpenError::Busy,
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => OpenError::NoRights(rights(path)),
        ErrorKind::Unknown | ErrorKind::InvalidInput if !is_device(path) => OpenError::NotAPort,
        // How the system says that a device is no terminal.
        ErrorKind::Unknown if said.contains("typewriter") => OpenError::NotAPort,
        ErrorKind::Unknown | ErrorKind::InvalidInput | ErrorKind::Io(_) => OpenError::Other(said),
    }
}

#[cfg(unix)]
fn is_device(path: &str) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = std::fs::metadata(path).map(|data| data.file_type());
    kind.is_ok_and(|kind| kind.is_char_device())
}

#[cfg(not(unix))]
const fn is_device(_path: &str) -> bool {
    true
}

/// How to get the right to open it: by joining the group that has it.
fn rights(path: &str) -> String {
    match group_of(path) {
        Some(group) if group != "root" => {
            format!("join its group: sudo usermod -aG {group} $USER, then log out and in again")
        }
        Some(_) | None => {
            "join the group of serial ports: sudo usermod -aG dialout $USER (on Arch \
             uucp), then log out and in again"
                .to_owned()
        }
    }
}

#[cfg(unix)]
fn group_of(path: &str) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let gid = std::fs::metadata(path).ok()?.gid();
    let text = std::fs::read("/etc/group").ok()?;
    group_named(&String::from_utf8_lossy(&text), gid)
}

#[cfg(not(unix))]
const fn group_of(_path: &str) -> Option<String> {
    None
}

/// The name of a group in lines `name:password:number:members`.
#[cfg(unix)]
fn group_named(lines: &str, gid: u32) -> Option<String> {
    let named = |line: &str| {
        let mut cells = line.split(':');
        let (name, _) = (cells.next()?, cells.next()?);
        let is_it = cells.next()?.parse() == Ok(gid);
        is_it.then(|| name.to_owned())
    };
    lines.lines().find_map(named)
}

/// How to find a port again after it was unplugged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    path: String,
    usb: Option<Usb>,
    by_id: Option<PathBuf>,
}

impl Whereabouts {
    /// Of the port that has this path now.
    pub fn of(path: &str) -> Self {
        let real = Path::new(path).canonicalize();
        let real = real.unwrap_or_else(|_| PathBuf::from(path));
        let ports = list().unwrap_or_default();
        let port = ports.into_iter().find(|port| Path::new(&port.name) == real);
        Self {
            path: path.to_owned(),
            usb: port.as_ref().and_then(|port| port.usb.clone()),
            by_id: port.and_then(|port| port.by_id),
        }
    }

    /// Where it is now: the port with the same device by its serial number, else by its link, else the
    /// same path.
    pub fn now(&self) -> String {
        let same = |port: &Port| {
            let numbered = self.usb.as_ref().is_some_and(|usb| usb.serial.is_some());
            numbered && port.usb == self.usb
        };
        let by_number = list().unwrap_or_default().into_iter().find(same);
        let link = self.by_id.as_ref().filter(|link| link.exists());
        by_number
            .map(|port| port.name)
            .or_else(|| Some(link?.to_string_lossy().into_owned()))
            .unwrap_or_else(|| self.path.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usb_ports_are_named_by_their_numbers() {
        let info = UsbPortInfo {
            vid: 0x1a86,
            pid: 0x7523,
            serial_number: Some("secret".to_owned()),
            manufacturer: None,
            product: None,
        };
        let port = SerialPortType::UsbPort(info);
        assert_eq!(kind(&port), "USB 1a86:7523 device");
        assert!(usb(&port).unwrap().likely().unwrap().contains("WitMotion"));
    }

    #[test]
    fn what_is_no_port_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        std::fs::write(path("file"), "text").unwrap();
        let refused = |path: &str, baud| open(path, baud).unwrap_err();
        assert_eq!(refused(&path("none"), 9600), OpenError::Missing);
        assert_eq!(refused("/dev/null", 1200), OpenError::BootLoaderTouch);
        #[cfg(unix)]
        {
            assert_eq!(refused(&path("file"), 9600), OpenError::NotAPort);
            assert_eq!(refused("/dev/null", 9600), OpenError::NotAPort);
            assert_eq!(refused(&path(""), 9600), OpenError::NotAPort);
        }
    }

    #[cfg(unix)]
    #[test]
    fn rights_are_the_groups() {
        let lines = "root:x:0:\ndialout:x:20:ann\nbroken\nuucp:x:986:\n";
        assert_eq!(group_named(lines, 20).as_deref(), Some("dialout"));
        assert_eq!(group_named(lines, 986).as_deref(), Some("uucp"));
        assert_eq!(group_named(lines, 5), None);
        let denied = serialport::Error::new(ErrorKind::Io(io::ErrorKind::PermissionDenied), "no");
        let said = why_not("/dev/none", &denied).to_string();
        assert!(said.contains("usermod -aG dialout"), "{said}");
    }

    #[test]
    fn a_lock_is_not_taken_for_a_missing_port() {
        let locked = serialport::Error::new(ErrorKind::NoDevice, "lock");
        assert_eq!(why_not("/", &locked), OpenError::Busy);
        let denied = OpenError::Busy.to_string();
        assert!(denied.contains("another program"));
    }

    #[test]
    fn a_port_without_a_number_is_looked_for_where_it_was() {
        let whereabouts = Whereabouts::of("/dev/pts/no-such");
        assert_eq!(whereabouts.now(), "/dev/pts/no-such");
    }
}
