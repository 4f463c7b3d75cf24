//! What is read from URDF, and that every refusal names line, element and cure.

use super::*;

const LINK: &str =
    r#"<inertial><mass value="2"/><inertia ixx="0.1" iyy="0.1" izz="0.1" ixy="0" ixz="0" iyz="0"/></inertial>"#;

fn robot(inside: &str) -> Result<Rig, UrdfError> {
    read("arm.urdf", &format!("<robot name=\"arm\">\n{inside}\n</robot>"))
}

fn refused(inside: &str) -> String {
    robot(inside).expect_err("refused").to_string()
}

fn pair(joint: &str) -> String {
    format!("<link name=\"a\">{LINK}</link>\n<link name=\"b\">{LINK}</link>\n{joint}")
}

const ENDS: &str = r#"<parent link="a"/><child link="b"/>"#;

#[test]
fn a_chain_is_read_and_moves() {
    let text = pair(&format!(
        r#"<joint name="elbow" type="revolute">{ENDS}<origin xyz="0 0 1" rpy="0 0 1.5707963267948966"/><axis xyz="0 2 0"/>
           <limit lower="-1" upper="2" effort="30" velocity="4"/><dynamics damping="0.5" friction="0.1"/></joint>"#
    ));
    let rig = robot(&text).expect("reads");
    assert_eq!((rig.mass_kg(), rig.link("b"), rig.joint("elbow")), (4.0, Some(1), Some(0)));
    let joint = &rig.joints[0];
    assert_eq!((joint.axis, joint.range, joint.effort, joint.damping), (DVec3::Y, Some([-1.0, 2.0]), 30.0, 0.5));
    // Turned a quarter about z, the joint's y is the parent's −x; a quarter turn about that takes z to y.
    let pose = rig.poses(Pose::IDENTITY, &[core::f64::consts::FRAC_PI_2])[1];
    assert!(pose.point(DVec3::Z).distance(DVec3::new(0.0, 1.0, 1.0)) < 1e-12, "{pose:?}");
}

#[test]
fn welding_keeps_mass_centre_and_inertia() {
    let text = pair(&format!(r#"<joint name="w" type="fixed">{ENDS}<origin xyz="0 0 1"/></joint>"#));
    let rig = robot(&text).expect("reads");
    let link = &rig.links[0];
    assert_eq!((rig.links.len(), link.mass_kg, link.centre_m), (1, 4.0, DVec3::new(0.0, 0.0, 0.5)));
    // Two of 0.1 and 2 kg at half a metre each.
    assert!((link.inertia_kg_m2.x_axis.x - 1.2).abs() < 1e-12 && (link.inertia_kg_m2.z_axis.z - 0.2).abs() < 1e-12);
    assert_eq!(link.welded[0].0, "b");
}

#[test]
fn every_fault_names_line_element_and_cure() {
    let cases = [
        ("<link name=\"a\">", "arm.urdf line 3: not XML: expected 'link' tag, not 'robot' at 3:1"),
        ("", "arm.urdf line 1: the file has no link; add one"),
        ("<link/>", "arm.urdf line 2: this <link> has no name; give it one"),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected);
    }
    let joint =
        |inside: &str, kind: &str| refused(&pair(&format!("<joint name=\"j\" type=\"{kind}\">{inside}</joint>")));
    let limit = r#"<limit lower="1" upper="-1" effort="1" velocity="1"/>"#;
    assert_eq!(
        joint(&format!("{ENDS}{limit}"), "revolute"),
        "arm.urdf line 4: the limits of joint \"j\" are reversed: lower 1 lies above upper -1; swap them"
    );
    assert!(joint(ENDS, "prismatic").ends_with("joint \"j\" lacks <limit>; add lower, upper, effort and velocity"));
    assert!(joint(ENDS, "floating").contains("is of type \"floating\"; write revolute"));
    let missing = joint(r#"<parent link="a"/><child link="bb"/>"#, "fixed");
    assert!(missing.contains("names the child link \"bb\", which does not exist (did you mean `b`?)"), "{missing}");
    assert!(joint(&format!("{ENDS}<axis xyz=\"0 0 0\"/>"), "continuous").contains("has no direction"));
    assert!(joint(&format!("{ENDS}<origin xyz=\"0 NaN 0\"/>"), "fixed").contains("write 3 finite numbers"));
    assert!(refused(&pair("")).contains("neither \"a\" nor \"b\" is carried by a joint"));
    let back = r#"<joint name="k" type="fixed"><parent link="b"/><child link="a"/></joint>"#;
    let cycle = refused(&pair(&format!("<joint name=\"j\" type=\"fixed\">{ENDS}</joint>{back}")));
    assert!(cycle.contains("the joints form a cycle"), "{cycle}");
    let apart = format!(
        "<link name=\"r\">{LINK}</link>{}",
        pair(&format!("<joint name=\"j\" type=\"fixed\">{ENDS}</joint>{back}"))
    );
    assert!(refused(&apart).contains("part of a cycle that the root does not reach"));
}

#[test]
fn what_mimics_is_checked_with_line_and_cure() {
    let three = |mimics: [&str; 3]| {
        let joint = |(at, more): (usize, &&str)| {
            format!(
                r#"<joint name="j{at}" type="revolute"><parent link="a"/><child link="b{at}"/><limit lower="0" upper="1"
                effort="1" velocity="1"/>{more}</joint>"#
            )
        };
        let links = [0, 1, 2].map(|at| format!("<link name=\"b{at}\">{LINK}</link>")).concat();
        let joints: Vec<String> = mimics.iter().enumerate().map(joint).collect();
        robot(&format!("<link name=\"a\">{LINK}</link>{links}\n{}", joints.concat()))
    };
    let rig =
        three(["", r#"<mimic joint="j0" multiplier="-1" offset="1"/>"#, r#"<mimic joint="j0"/>"#]).expect("reads");
    let mimics: Vec<_> = ["j0", "j1", "j2"].iter().map(|name| rig.joints[rig.joint(name).unwrap()].mimic).collect();
    let leader = rig.joint("j0").unwrap();
    let follows = |multiplier: f64, offset: f64| Some(Mimic { leader, multiplier, offset });
    assert_eq!(mimics, [None, follows(-1.0, 1.0), follows(1.0, 0.0)]);
    let refused = |mimics: [&str; 3]| three(mimics).expect_err("refused").to_string();
    let chain = refused(["", r#"<mimic joint="j0"/>"#, r#"<mimic joint="j1"/>"#]);
    assert!(chain.starts_with("arm.urdf line "), "{chain}");
    assert!(
        chain.ends_with("joint \"j2\" mimics \"j1\", which mimics a joint itself; let it mimic the one that leads")
    );
    assert!(refused(["", r#"<mimic joint="j1"/>"#, ""]).contains("\"j1\" mimics \"j1\", which mimics a joint itself"));
    let none = refused(["", r#"<mimic joint="j9"/>"#, ""]);
    assert!(none.contains("joint \"j1\" mimics \"j9\", which is no joint that moves (did you mean `j0`?)"), "{none}");
    assert!(refused(["", "<mimic/>", ""]).contains("<mimic> of joint \"j1\" lacks `joint`"));
    let far = refused(["", r#"<mimic joint="j0" multiplier="2"/>"#, ""]);
    assert!(far.contains("would go from 0 to 2, beyond its limits 0 to 1; widen them"), "{far}");
}

#[test]
fn impossible_masses_are_refused() {
    let with = |inside: &str| refused(&format!("<link name=\"a\">{inside}</link>"));
    assert!(with("").contains("link \"a\" moves and has no mass"));
    assert!(with(&LINK.replace("\"2\"", "\"0\"")).contains("`value` of <mass> is 0; it must be above 0"));
    assert!(with(&LINK.replace("izz=\"0.1\"", "izz=\"0.3\"")).contains("larger than the other two together"));
    assert!(with(&LINK.replace("ixy=\"0\"", "ixy=\"0.2\"")).contains("not positive definite"));
}

#[test]
fn meshes_come_from_the_caller() {
    let obj = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n";
    let fetch = |file: &str| match file {
        "hand.obj" => Some(obj.as_bytes().to_vec()),
        "empty.obj" => Some(b"v 0 0 0\n".to_vec()),
        _ => None,
    };
    let with = |file: &str, tag: &str| {
        let mesh = format!("<{tag}><geometry><mesh filename=\"{file}\" scale=\"2 2 2\"/></geometry></{tag}>");
        read_with("arm.urdf", &format!("<robot>\n<link name=\"a\">{LINK}\n{mesh}</link></robot>"), &fetch)
    };
    let rig = with("hand.obj", "collision").expect("reads");
    let part = &rig.links[0].parts[0];
    assert!(part.solid && !part.seen && part.hull.is_some(), "{part:?}");
    let rig = with("hand.obj", "visual").expect("reads");
    let part = &rig.links[0].parts[0];
    let Shape::Mesh(mesh) = &part.shape else { panic!("no mesh: {part:?}") };
    assert!(part.seen && !part.solid && mesh.half_extents_m() == DVec3::splat(2.0), "{part:?}");
    let refused = |file: &str| with(file, "visual").expect_err("refused").to_string();
    // Said before it is looked for: it need not be there to be of no use.
    assert_eq!(
        refused("package://arm/hand.dae"),
        "arm.urdf line 3: the mesh package://arm/hand.dae is COLLADA, which is not read; convert it to .glb, .gltf, .stl or \
         .obj and name that"
    );
    assert!(refused("hnd.obj").starts_with("arm.urdf line 3: the mesh hnd.obj was not found; put it there"));
    assert_eq!(
        refused("empty.obj"),
        "arm.urdf line 3: the mesh empty.obj has no triangle; export it again or leave it out"
    );
}
