// SPDX-License-Identifier: Apache-2.0
//! Containers, pods and systemd units, from a process's cgroup.
//!
//! A cgroup v2 id is the inode of its directory, so the tree under the cgroup mount is the map
//! from numbers to names. It is read when an unknown number turns up, at most a few times a
//! second; a cgroup that is gone by then stays unknown.
use common::names::Runtime;
use std::collections::HashMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Pause between two readings of the tree.
const READ_INTERVAL: Duration = Duration::from_millis(200);
/// Most cgroups kept.
const CGROUPS_MAX: usize = 16_384;

/// What a cgroup's path says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Who runs the container.
    pub runtime: Option<Runtime>,
    /// Container id (or machine name).
    pub container_id: Option<String>,
    /// Kubernetes pod uid.
    pub pod_uid: Option<String>,
    /// systemd unit.
    pub unit: Option<String>,
}

/// Placements by cgroup id.
#[derive(Debug)]
pub struct Containers {
    root: Option<PathBuf>,
    known: HashMap<u64, Placement>,
    read_at: Option<Instant>,
    generation: u64,
}

impl Containers {
    /// Of this host: wherever cgroup v2 is mounted.
    pub fn of_host() -> Containers {
        let roots = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
        let v2 = |root: &&str| Path::new(root).join("cgroup.controllers").exists();
        Containers::under(roots.iter().find(|root| v2(root)).map(PathBuf::from))
    }

    fn under(root: Option<PathBuf>) -> Containers {
        Containers { root, known: HashMap::new(), read_at: None, generation: 0 }
    }

    /// The placement of a cgroup; `None` when it is not known (yet).
    pub fn placement(&mut self, cgroup_id: u64) -> Option<&Placement> {
        if !self.known.contains_key(&cgroup_id) {
            self.read_tree();
        }
        self.known.get(&cgroup_id)
    }

    /// Grows whenever the tree was read: a caller that found nothing may ask again then.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    fn read_tree(&mut self) {
        let now = Instant::now();
        if self.read_at.is_some_and(|at| now.duration_since(at) < READ_INTERVAL) {
            return;
        }
        self.read_at = Some(now);
        self.generation += 1;
        let Some(root) = self.root.clone() else { return };
        if self.known.len() > CGROUPS_MAX {
            self.known.clear();
        }
        let mut waiting = vec![root.clone()];
        while let Some(directory) = waiting.pop() {
            if let Ok(meta) = fs::metadata(&directory) {
                let name = directory.strip_prefix(&root).unwrap_or(Path::new(""));
                self.known.entry(meta.ino()).or_insert_with(|| placement_of(name));
            }
            let Ok(entries) = fs::read_dir(&directory) else { continue };
            let folders = entries.flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_dir()));
            waiting.extend(folders.map(|entry| entry.path()));
        }
    }
}

/// What a cgroup's path (below the mount) says.
fn placement_of(path: &Path) -> Placement {
    let mut placement = Placement::default();
    let parts: Vec<&str> =
        path.iter().filter_map(|part| std::str::from_utf8(part.as_bytes()).ok()).collect();
    for (at, part) in parts.iter().enumerate() {
        let parent = at.checked_sub(1).and_then(|before| parts.get(before)).copied();
        if let Some(uid) = pod_uid(part) {
            placement.pod_uid = Some(uid);
            placement.runtime.get_or_insert(Runtime::KUBERNETES);
        }
        if let Some((runtime, id)) = container(parent.unwrap_or(""), part) {
            // Inside a pod the runtime is a detail; who placed it there is kubernetes.
            placement.runtime.get_or_insert(runtime);
            placement.container_id = Some(id.to_owned());
        }
        if is_unit(part) {
            placement.unit = Some((*part).to_owned());
        }
    }
    placement
}

fn is_unit(part: &str) -> bool {
    [".service", ".scope", ".socket", ".mount", ".swap"].iter().any(|end| part.ends_with(end))
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `docker-<id>.scope` (systemd driver), `docker/<id>` (cgroupfs driver) and their like.
fn container<'a>(parent: &str, part: &'a str) -> Option<(Runtime, &'a str)> {
    const SCOPES: &[(&str, Runtime)] = &[
        ("docker-", Runtime::DOCKER),
        ("cri-containerd-", Runtime::CONTAINERD),
        ("nerdctl-", Runtime::CONTAINERD),
        ("libpod-", Runtime::PODMAN),
        ("crio-", Runtime::CRIO),
    ];
    let bare = part.strip_suffix(".scope").unwrap_or(part);
    for (prefix, runtime) in SCOPES {
        if let Some(id) = bare.strip_prefix(prefix).filter(|id| is_id(id)) {
            return Some((*runtime, id));
        }
    }
    if is_id(part) {
        let runtime = match parent {
            "docker" => Runtime::DOCKER,
            "libpod_parent" | "libpod" => Runtime::PODMAN,
            _ if pod_uid(parent).is_some() => Runtime::KUBERNETES,
            _ => Runtime::CONTAINERD,
        };
        return Some((runtime, part));
    }
    if let Some(name) = part.strip_prefix("lxc.payload.") {
        return Some((Runtime::LXC, name));
    }
    let nspawn = part.strip_prefix("systemd-nspawn@").and_then(|p| p.strip_suffix(".service"));
    if let Some(name) = nspawn {
        return Some((Runtime::NSPAWN, name));
    }
    let machine = part.strip_prefix("machine-").and_then(|p| p.strip_suffix(".scope"));
    machine.map(|name| (Runtime::NSPAWN, name))
}

/// `pod<uid>` or `kubepods-…-pod<uid>.slice`, where the slice writes `_` for `-`.
fn pod_uid(part: &str) -> Option<String> {
    let uid = match part.strip_suffix(".slice") {
        Some(slice) => slice.starts_with("kubepods").then(|| slice.rsplit_once("-pod"))??.1,
        None => part.strip_prefix("pod")?,
    };
    let uid = uid.replace('_', "-");
    let plausible = uid.len() >= 32 && uid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    plausible.then_some(uid)
}

#[cfg(test)]
mod tests {
    use super::{Placement, placement_of};
    use common::names::Runtime;
    use std::path::Path;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const POD: &str = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";

    fn of(path: &str) -> Placement {
        placement_of(Path::new(path))
    }

    #[test]
    fn runtimes_are_told_apart() {
        let cases = [
            (format!("system.slice/docker-{ID}.scope"), Runtime::DOCKER),
            (format!("docker/{ID}"), Runtime::DOCKER),
            (format!("machine.slice/libpod-{ID}.scope/container"), Runtime::PODMAN),
            (format!("system.slice/cri-containerd-{ID}.scope"), Runtime::CONTAINERD),
            (format!("default/{ID}"), Runtime::CONTAINERD),
            (format!("system.slice/crio-{ID}.scope"), Runtime::CRIO),
        ];
        for (path, runtime) in cases {
            let placement = of(&path);
            assert_eq!(placement.runtime, Some(runtime), "{path}");
            assert_eq!(placement.container_id.as_deref(), Some(ID), "{path}");
        }
    }

    #[test]
    fn pods_are_kubernetes_in_both_spellings() {
        let slice = POD.replace('-', "_");
        let systemd = format!(
            "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{slice}.slice/\
             cri-containerd-{ID}.scope"
        );
        for path in [systemd, format!("kubepods/besteffort/pod{POD}/{ID}")] {
            let placement = of(&path);
            assert_eq!(placement.runtime, Some(Runtime::KUBERNETES), "{path}");
            assert_eq!(placement.pod_uid.as_deref(), Some(POD), "{path}");
            assert_eq!(placement.container_id.as_deref(), Some(ID), "{path}");
        }
    }

    #[test]
    fn units_and_machines() {
        assert_eq!(of("system.slice/ssh.service").unit.as_deref(), Some("ssh.service"));
        assert_eq!(of("system.slice/ssh.service").container_id, None);
        let nspawn = of("machine.slice/systemd-nspawn@web.service/payload");
        assert_eq!(
            (nspawn.runtime, nspawn.container_id.as_deref()),
            (Some(Runtime::NSPAWN), Some("web"))
        );
        assert_eq!(of(""), Placement::default());
    }
}
