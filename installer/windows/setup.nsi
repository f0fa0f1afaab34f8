; The installer of Quầy Một Cửa. Built by build.sh, which gives VERSION, FILE_VERSION, FOLDER, ICON, OUT and, when there
; is a certificate, SIGN.
;
; The program lies in app\, the version before it in previous\. A new version is unpacked beside them, must say its
; version, and only then takes the place of the old one. What an interruption leaves is put in order by the next run.
;
; Silent: /S, with /D=folder (last), /AUTOSTART, /NOAUTOSTART, /NODESKTOP, /ROLLBACK. Uninstaller: /S, /REMOVEDATA.
; Exit codes: 0 done, 1 cancelled, 2 could not write, 3 the program is running, 4 the other version does not run,
; 5 Windows is too old.
Unicode true
Target amd64-unicode
ManifestDPIAware true
ManifestSupportedOS Win10
RequestExecutionLevel admin
SetCompressor /SOLID lzma
SetCompressorDictSize 64
Name "Quầy Một Cửa"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\QuayMotCua"
InstallDirRegKey HKLM "Software\QuayMotCua" "Folder"
BrandingText "Quầy Một Cửa ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "WinVer.nsh"

!define KEY "Software\QuayMotCua"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\QuayMotCua"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define PROFILES_KEY "Software\Microsoft\Windows NT\CurrentVersion\ProfileList"
!define WINDOW "QuayMotCua.exe"
!define CONSOLE "counter-app.exe"
!define DATA "QuayMotCua"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "Vietnamese"
!insertmacro MUI_LANGUAGE "English"

VIProductVersion "${FILE_VERSION}"
VIFileVersion "${FILE_VERSION}"
!macro VersionOf language description
  VIAddVersionKey /LANG=${language} "ProductName" "Quầy Một Cửa"
  VIAddVersionKey /LANG=${language} "ProductVersion" "${VERSION}"
  VIAddVersionKey /LANG=${language} "FileVersion" "${FILE_VERSION}"
  VIAddVersionKey /LANG=${language} "FileDescription" "${description}"
  VIAddVersionKey /LANG=${language} "CompanyName" "The Quầy Một Cửa team"
  VIAddVersionKey /LANG=${language} "LegalCopyright" "EUPL-1.2"
  VIAddVersionKey /LANG=${language} "OriginalFilename" "QuayMotCua-${VERSION}-setup.exe"
!macroend
!insertmacro VersionOf ${LANG_VIETNAMESE} "Cài đặt Quầy Một Cửa"
!insertmacro VersionOf ${LANG_ENGLISH} "Installer of Quầy Một Cửa"

LangString RUNNING ${LANG_VIETNAMESE} "Quầy Một Cửa đang chạy trên máy này. Chưa có gì thay đổi. Hãy đóng chương trình ở mọi tài khoản Windows, rồi chạy lại."
LangString RUNNING ${LANG_ENGLISH} "Quầy Một Cửa is running on this machine. Nothing was changed. Close it in every Windows account, then run this again."
LangString NOT_WRITTEN ${LANG_VIETNAMESE} "Không ghi được vào thư mục chương trình. Phiên bản đang dùng vẫn nguyên vẹn. Hãy xem lại dung lượng đĩa trống và quyền quản trị, rồi chạy lại."
LangString NOT_WRITTEN ${LANG_ENGLISH} "The program's folder could not be written. The version in use is untouched. Check the free disk space and that you are an administrator, then run this again."
LangString DOES_NOT_RUN ${LANG_VIETNAMESE} "Phiên bản này không chạy được trên máy này nên không được cài. Phiên bản đang dùng và dữ liệu vẫn nguyên vẹn."
LangString DOES_NOT_RUN ${LANG_ENGLISH} "This version does not run on this machine and was not installed. The version in use and the data are untouched."
LangString NO_PREVIOUS ${LANG_VIETNAMESE} "Trên máy này không còn phiên bản trước để quay lại. Chưa có gì thay đổi."
LangString NO_PREVIOUS ${LANG_ENGLISH} "There is no version on this machine to go back to. Nothing was changed."
LangString TOO_OLD ${LANG_VIETNAMESE} "Quầy Một Cửa cần Windows 10 (1809) hoặc mới hơn, bản 64 bit. Chưa có gì thay đổi."
LangString TOO_OLD ${LANG_ENGLISH} "Quầy Một Cửa needs 64-bit Windows 10 (1809) or newer. Nothing was changed."
LangString REMOVE_DATA ${LANG_VIETNAMESE} "Xoá luôn dữ liệu của quầy (hồ sơ, giấy tờ số hoá, cài đặt) của MỌI tài khoản trên máy này? Đã xoá thì không lấy lại được.$\n$\nChọn Không để giữ lại dữ liệu."
LangString REMOVE_DATA ${LANG_ENGLISH} "Also delete the data of the desks (dossiers, digitised papers, settings) of EVERY account on this machine? It cannot be brought back.$\n$\nChoose No to keep the data."
LangString PART_PROGRAM ${LANG_VIETNAMESE} "Chương trình"
LangString PART_PROGRAM ${LANG_ENGLISH} "The program"
LangString PART_DESKTOP ${LANG_VIETNAMESE} "Biểu tượng trên màn hình"
LangString PART_DESKTOP ${LANG_ENGLISH} "Icon on the desktop"
LangString PART_AUTOSTART ${LANG_VIETNAMESE} "Tự mở khi đăng nhập Windows"
LangString PART_AUTOSTART ${LANG_ENGLISH} "Open when somebody signs in to Windows"

!macro Stop code message
  SetErrorLevel ${code}
  MessageBox MB_OK|MB_ICONEXCLAMATION "$(${message})" /SD IDOK
  Quit
!macroend

; A program that runs keeps its file from being opened for writing.
!macro RefuseWhileRunning
  ${ForEach} $R8 1 2 + 1
    StrCpy $R9 "${WINDOW}"
    ${If} $R8 = 2
      StrCpy $R9 "${CONSOLE}"
    ${EndIf}
    ${If} ${FileExists} "$INSTDIR\app\$R9"
      ClearErrors
      FileOpen $R7 "$INSTDIR\app\$R9" a
      ${If} ${Errors}
        !insertmacro Stop 3 RUNNING
      ${EndIf}
      FileClose $R7
    ${EndIf}
  ${Next}
!macroend

Function .onInit
  SetShellVarContext all
  SetRegView 64
  ${IfNot} ${AtLeastWin10}
    !insertmacro Stop 5 TOO_OLD
  ${EndIf}
  ReadRegStr $0 HKLM "${RUN_KEY}" "QuayMotCua"
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/AUTOSTART" $R1
  ${IfNot} ${Errors}
    StrCpy $0 "wanted"
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/NOAUTOSTART" $R1
  ${IfNot} ${Errors}
    StrCpy $0 ""
  ${EndIf}
  Call SelectParts
FunctionEnd

Function PutInOrder
  ; app.leaving is the version that was being replaced when something interrupted the installer.
  ${If} ${FileExists} "$INSTDIR\app.leaving\*.*"
    ${If} ${FileExists} "$INSTDIR\app\*.*"
      RMDir /r "$INSTDIR\previous"
      Rename "$INSTDIR\app.leaving" "$INSTDIR\previous"
    ${Else}
      Rename "$INSTDIR\app.leaving" "$INSTDIR\app"
    ${EndIf}
  ${EndIf}
  RMDir /r "$INSTDIR\app.new"
FunctionEnd

; Makes $R0 (app.new or previous) the version in use, when it says that it runs; else everything stays as it was.
Function TakeOver
  SetOutPath "$INSTDIR" ; nobody may stand in a folder that gets another name
  nsExec::ExecToStack '"$INSTDIR\$R0\${CONSOLE}" --version'
  Pop $R1
  Pop $R2
  ${If} $R1 != 0
    RMDir /r "$INSTDIR\app.new"
    !insertmacro Stop 4 DOES_NOT_RUN
  ${EndIf}
  !insertmacro RefuseWhileRunning
  ClearErrors
  ${If} ${FileExists} "$INSTDIR\app\*.*"
    Rename "$INSTDIR\app" "$INSTDIR\app.leaving"
    ${If} ${Errors}
      RMDir /r "$INSTDIR\app.new"
      !insertmacro Stop 3 RUNNING
    ${EndIf}
  ${EndIf}
  Rename "$INSTDIR\$R0" "$INSTDIR\app"
  ${If} ${Errors}
    Rename "$INSTDIR\app.leaving" "$INSTDIR\app"
    RMDir /r "$INSTDIR\app.new"
    !insertmacro Stop 2 NOT_WRITTEN
  ${EndIf}
  Call PutInOrder
FunctionEnd

Section "$(PART_PROGRAM)" PROGRAM
  SectionIn RO
  Call PutInOrder
  !insertmacro RefuseWhileRunning
  ${GetParameters} $R3
  ClearErrors
  ${GetOptions} $R3 "/ROLLBACK" $R4
  ${IfNot} ${Errors}
    ${IfNot} ${FileExists} "$INSTDIR\previous\${CONSOLE}"
      !insertmacro Stop 4 NO_PREVIOUS
    ${EndIf}
    StrCpy $R0 "previous"
  ${Else}
    StrCpy $R0 "app.new"
    ClearErrors
    SetOverwrite try
    SetOutPath "$INSTDIR\app.new"
    File /r "${FOLDER}/*"
    ${If} ${Errors}
      SetOutPath "$INSTDIR"
      RMDir /r "$INSTDIR\app.new"
      !insertmacro Stop 2 NOT_WRITTEN
    ${EndIf}
  ${EndIf}
  Call TakeOver
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Quầy Một Cửa.lnk" "$INSTDIR\app\${WINDOW}"
  Call ProtectLocks
  Call Register
SectionEnd

Section "$(PART_DESKTOP)" DESKTOP
  CreateShortcut "$DESKTOP\Quầy Một Cửa.lnk" "$INSTDIR\app\${WINDOW}"
SectionEnd

Section /o "$(PART_AUTOSTART)" AUTOSTART
  WriteRegStr HKLM "${RUN_KEY}" "QuayMotCua" '"$INSTDIR\app\${WINDOW}"'
SectionEnd

; The components page shows what was chosen before; a silent run follows its options.
Function SelectParts
  ${If} $0 != ""
    SectionSetFlags ${AUTOSTART} ${SF_SELECTED}
  ${EndIf}
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/NODESKTOP" $R1
  ${IfNot} ${Errors}
    SectionSetFlags ${DESKTOP} 0
  ${EndIf}
FunctionEnd

Function .onInstSuccess
  SectionGetFlags ${AUTOSTART} $0
  ${If} $0 <> ${SF_SELECTED}
    DeleteRegValue HKLM "${RUN_KEY}" "QuayMotCua"
  ${EndIf}
FunctionEnd

; Where an administrator locks settings: users may only read there. locked.json itself is never written or removed.
Function ProtectLocks
  CreateDirectory "$APPDATA\${DATA}"
  nsExec::Exec '"$SYSDIR\icacls.exe" "$APPDATA\${DATA}" /inheritance:r /grant *S-1-5-18:(OI)(CI)F /grant *S-1-5-32-544:(OI)(CI)F /grant *S-1-5-32-545:(OI)(CI)RX'
  Pop $R1
FunctionEnd

Function Register
  ${GetSize} "$INSTDIR\app" "/S=0K" $R1 $R2 $R3
  WriteRegStr HKLM "${KEY}" "Folder" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayName" "Quầy Một Cửa"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\app\${WINDOW}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "Publisher" "The Quầy Một Cửa team"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "EstimatedSize" $R1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoRepair" 1
FunctionEnd

Function un.onInit
  SetShellVarContext all
  SetRegView 64
FunctionEnd

Section "Uninstall"
  !insertmacro RefuseWhileRunning
  SetOutPath "$TEMP" ; not in the folder that goes
  RMDir /r "$INSTDIR\app"
  RMDir /r "$INSTDIR\app.new"
  RMDir /r "$INSTDIR\app.leaving"
  RMDir /r "$INSTDIR\previous"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Quầy Một Cửa.lnk"
  Delete "$DESKTOP\Quầy Một Cửa.lnk"
  DeleteRegValue HKLM "${RUN_KEY}" "QuayMotCua"
  DeleteRegKey HKLM "${UNINSTALL_KEY}"
  DeleteRegKey HKLM "${KEY}"
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/REMOVEDATA" $R1
  ${If} ${Errors}
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(REMOVE_DATA)" /SD IDNO IDYES remove IDNO keep
  ${EndIf}
  remove:
    Call un.RemoveData
  keep:
SectionEnd

; Every account keeps its desk in its own profile, and the note of how far its journal came beside it.
Function un.RemoveData
  StrCpy $R0 0
  ${Do}
    EnumRegKey $R1 HKLM "${PROFILES_KEY}" $R0
    ${If} $R1 == ""
      ${ExitDo}
    ${EndIf}
    ReadRegStr $R2 HKLM "${PROFILES_KEY}\$R1" "ProfileImagePath"
    ExpandEnvStrings $R2 "$R2"
    ${If} $R2 != ""
      RMDir /r "$R2\AppData\Local\${DATA}"
      RMDir /r "$R2\AppData\Local\${DATA}-state"
    ${EndIf}
    IntOp $R0 $R0 + 1
  ${Loop}
  SetShellVarContext current
  RMDir /r "$LOCALAPPDATA\${DATA}"
  RMDir /r "$LOCALAPPDATA\${DATA}-state"
  SetShellVarContext all
  RMDir /r "$APPDATA\${DATA}"
FunctionEnd

!ifdef SIGN
  !finalize '${SIGN} "%1"'
  !uninstfinalize '${SIGN} "%1"'
!endif
