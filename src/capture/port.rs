//! Serial ports: the only use of `serialport`.

use serialport::SerialPortType;

/// A serial port of this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// As the system calls it: `/dev/ttyUSB0`, `COM3`.
    pub name: String,
    /// What is behind it, for people.
    pub kind: String,
}

/// The ports could not be listed.
#[derive(Debug, thiserror::Error)]
#[error("the system does not tell its serial ports")]
pub struct PortError(#[from] serialport::Error);

/// All serial ports, those on USB first, then by name.
///
/// # Errors
/// When the system refuses to tell.
pub fn list() -> Result<Vec<Port>, PortError> {
    let mut ports = serialport::available_ports()?;
    ports.sort_by_key(|port| {
        (
            !matches!(port.port_type, SerialPortType::UsbPort(_)),
            port.port_name.clone(),
        )
    });
    let described = |port: serialport::SerialPortInfo| Port {
        kind: kind(&port.port_type),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usb_ports_are_named_by_their_numbers() {
        let usb = serialport::UsbPortInfo {
            vid: 0x1a86,
            pid: 0x7523,
            serial_number: Some("secret".to_owned()),
            manufacturer: None,
            product: None,
        };
        assert_eq!(kind(&SerialPortType::UsbPort(usb)), "USB 1a86:7523 device");
    }
}
